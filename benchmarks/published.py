"""Numbers that others published, on their own data and models; none was measured here."""

from __future__ import annotations

NUMBERS: list[dict[str, object]] = [
    {"method": "mDeBERTa-v3-base, fine-tuned", "set": "MultiSocial, 22 languages", "metric": "AUROC", "value": 0.954,
     "source": "kinit-sk/multisocial (ACL 2025)"},
    {"method": "XLM-R-large, fine-tuned", "set": "MultiSocial, 22 languages", "metric": "AUROC", "value": 0.955,
     "source": "kinit-sk/multisocial (ACL 2025)"},
    {"method": "Llama-3-8B, fine-tuned", "set": "MultiSocial, 22 languages", "metric": "AUROC", "value": 0.977,
     "source": "kinit-sk/multisocial (ACL 2025)"},
    {"method": "Binoculars (2 x 7B)", "set": "MultiSocial, 22 languages", "metric": "AUROC", "value": 0.725,
     "source": "kinit-sk/multisocial (ACL 2025)"},
    {"method": "Fast-DetectGPT", "set": "MultiSocial, 22 languages", "metric": "AUROC", "value": 0.742,
     "source": "kinit-sk/multisocial (ACL 2025)"},
    {"method": "RoBERTa, fine-tuned", "set": "TweepFake test", "metric": "accuracy", "value": 0.896,
     "source": "Fagni et al. 2021, PLOS ONE 10.1371/journal.pone.0251415"},
    {"method": "Fast-DetectGPT (GPT-J/Neo)", "set": "fast-detect-gpt, ChatGPT and GPT-4", "metric": "AUROC", "value": 0.934,
     "source": "Bao et al. 2024, arXiv:2310.05130"},
    {"method": "DetectGPT", "set": "fast-detect-gpt, ChatGPT and GPT-4", "metric": "AUROC", "value": 0.723,
     "source": "Bao et al. 2024, arXiv:2310.05130"},
]  # fmt: skip
"""As read in the sources' own tables."""
