"""From posts to campaigns: accounts that say the same thing again and again in other words.

    table (account, text, time, logit …) -> fingerprints -> clusters of near-duplicates -> groups of accounts -> Campaign

`find_campaigns` is the door. Needs the extra `campaigns`.
"""

from __future__ import annotations

from autowritten.campaigns.find import Campaign, Settings, find_campaigns

__all__ = ["Campaign", "Settings", "find_campaigns"]
