"""What the first edition gave: its references beside the experiment files they were made from."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
