"""The base of all sections of an experiment file, where the sections look for it."""

from __future__ import annotations

from sim.section import LARGEST as LARGEST
from sim.section import OF_A_LABORATORY as OF_A_LABORATORY
from sim.section import SMALLEST as SMALLEST
from sim.section import FileName as FileName
from sim.section import Fraction as Fraction
from sim.section import Inside as Inside
from sim.section import NonNegative as NonNegative
from sim.section import Norm as Norm
from sim.section import Number as Number
from sim.section import Positive as Positive
from sim.section import RelativeUncertainty as RelativeUncertainty
from sim.section import Section as Section
from sim.section import tag_of as tag_of
