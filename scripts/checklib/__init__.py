# SPDX-License-Identifier: MIT
"""What the rule checks and the red runner share."""
