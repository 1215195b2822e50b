"""What a shell completes: experiments, keys of --set, and the script that turns it on."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click
from click.shell_completion import CompletionItem

if TYPE_CHECKING:
    TextType = click.ParamType[str]
else:
    TextType = click.ParamType

SHELLS = ("bash", "zsh", "fish")


class ExperimentType(TextType):
    """A shipped experiment's name, or a file: a name with a "/" or that ends in .toml or .h5.

    words are further ones that a command understands, such as ``all``.
    """

    name = "experiment"

    def __init__(self, words: tuple[str, ...] = ()) -> None:
        self.words = words

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """The name, if it is a file's or that of a shipped experiment."""
        from sim.experiment import ConfigurationError, preset_text

        if value not in self.words and not value.endswith((".toml", ".h5")) and "/" not in value:
            try:
                preset_text(value)
            except ConfigurationError as error:
                raise click.UsageError(str(error), ctx) from None
        return value

    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> list[CompletionItem]:
        """Names of shipped experiments, then files."""
        words = [CompletionItem(word) for word in self.words if word.startswith(incomplete)]
        names = complete_shipped(ctx, param, incomplete)
        return [*words, *names, CompletionItem(incomplete, type="file")]


def complete_shipped(
    ctx: click.Context, param: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """Names of shipped experiments."""
    from sim.experiment import preset_names

    return [CompletionItem(name) for name in preset_names() if name.startswith(incomplete)]


class KeyType(TextType):
    """A key of the experiment file."""

    name = "key"

    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> list[CompletionItem]:
        """Dotted keys with what they mean."""
        from sim.config.keys import all_keys

        found = {key.path: key.meaning for key in all_keys() if key.path.startswith(incomplete)}
        return [CompletionItem(path, help=meaning) for path, meaning in found.items()]


class SignalParameterType(TextType):
    """A parameter of the signal; which there are depends on the experiment."""

    name = "parameter"
    usual = ("mu_nu", "q_nu", "r2_nu", "sin2_theta_w", "cevns")

    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> list[CompletionItem]:
        """Those that every experiment has and that are asked for most."""
        return [CompletionItem(name) for name in self.usual if name.startswith(incomplete)]


class OverrideType(TextType):
    """KEY=VALUE."""

    name = "override"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """The text, once it is KEY=VALUE with VALUE in TOML."""
        from sim.syntax.overrides import parsed_override

        try:
            parsed_override(value)
        except ValueError as error:
            raise click.UsageError(str(error), ctx) from None
        return value

    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> list[CompletionItem]:
        """Keys that hold a value, each with its "="; of an array its first element."""
        from sim.config.keys import all_keys, in_first_elements

        keys = all_keys()
        paths = [in_first_elements(key.path, keys) for key in keys if not key.is_section]
        return [CompletionItem(f"{p}=") for p in dict.fromkeys(paths) if p.startswith(incomplete)]


@click.command("completion")
@click.argument("shell", type=click.Choice(SHELLS))
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def command(shell: str, as_json: bool) -> None:
    """Print the script with which a shell completes commands, options, experiments and keys.

    bash: eval "$(nuem completion bash)" in ~/.bashrc; zsh alike in ~/.zshrc; fish:
    nuem completion fish > ~/.config/fish/completions/nuem.fish
    """
    from click.shell_completion import get_completion_class

    from scripts.cli import cli

    found = get_completion_class(shell)
    assert found is not None
    script = found(cli, {}, "nuem", "_NUEM_COMPLETE").source()
    if as_json:
        from scripts.output import print_json

        print_json({"shell": shell, "script": script})
        return
    click.echo(script)
