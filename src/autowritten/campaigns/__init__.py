"""From posts to campaigns: accounts that say the same thing again and again in other words.

    scored posts -> fingerprints -> clusters of near-duplicates -> groups of accounts -> Campaign

`find_campaigns` is the door.
"""

from __future__ import annotations

from autowritten.campaigns.find import Campaign, Settings, find_campaigns, find_in_columns

__all__ = ["Campaign", "Settings", "find_campaigns", "find_in_columns"]
