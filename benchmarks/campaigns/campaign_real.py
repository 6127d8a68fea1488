"""Whether campaigns are found among real posts that are none: people's own accounts, and sets of posts on one subject.

    python -m benchmarks.campaigns.campaign_real

Sets of train and dev with accounts (two bot-or-not challenges; accounts of trolls, whose posts people wrote) keep them; the
machine accounts of the challenges, which language models ran, stand beside. Sets without accounts (a car forum, tweets on the
climate, on the war, on an epidemic, reviews) are dealt ten posts an account. Human posts of dev that `benchmarks.accounts`
scored are looked at once more with what the detector flags, for floods. Writes `benchmarks/results/campaign_real.json`.
"""

from __future__ import annotations

import json

import numpy as np
import pandas as pd

from autowritten.bundle import Bundle
from autowritten.campaigns import find_in_columns
from autowritten.scored import Flagger, from_rows
from training.paths import REPOSITORY, data_folder, work_folder

RESULTS = REPOSITORY / "benchmarks" / "results" / "campaign_real.json"
WITH_ACCOUNTS = ("botornot-challenge_en", "botornot-challenge_fr", "ira-troll_random20k")
ONE_SUBJECT = (
    "bdci-car-zh",
    "xlmt-tweets-fr",
    "nlpcc2016-stance-weibo-zh",
    "smp2020-weibo",
    "reviews-zh",
    "weibo21-zh",
)


def main() -> None:
    """Look for campaigns in each set, print and write."""
    columns = ["text", "label", "dataset", "account"]
    posts = pd.concat(
        [pd.read_parquet(data_folder() / f"{name}.parquet", columns=columns) for name in ("train", "dev")]
    )
    records = []
    for dataset in (*WITH_ACCOUNTS, *ONE_SUBJECT):
        for label in ("human", "machine") if dataset in WITH_ACCOUNTS else ("human",):
            own = posts[(posts["dataset"] == dataset) & (posts["label"] == label)].drop_duplicates("text")
            if dataset in WITH_ACCOUNTS:
                own = own[own["account"].notna()]
            else:
                own = own.sample(frac=1.0, random_state=0).assign(account=np.arange(len(own)) // 10)
            if own.empty:
                continue
            found = find_in_columns(own["account"].astype(str), own["text"])
            records.append(
                {
                    "dataset": dataset, "label": label, "posts": len(own), "accounts": own["account"].nunique(),
                    "campaigns": [{"accounts": len(each.accounts), "template": each.template} for each in found],
                }
            )  # fmt: skip
            print(dataset, label, len(own), "posts:", len(found), "campaigns", flush=True)
    scored = work_folder() / "accounts_scores.parquet"
    if scored.exists():
        flagger = Flagger(Bundle.from_pretrained())
        own = posts[(posts["label"] == "human") & posts["account"].notna()].drop_duplicates("text")
        own = own.merge(pd.read_parquet(scored).drop_duplicates("text"), on="text")
        machine = [flagger.flag(post) for post in from_rows(own.to_dict("records"))]
        found = find_in_columns(own["account"].astype(str), own["text"], machine=machine)
        records.append(
            {
                "dataset": "dev with flags", "label": "human", "posts": len(own), "accounts": own["account"].nunique(),
                "flagged": sum(map(bool, machine)),
                "campaigns": [{"accounts": len(each.accounts), "template": each.template} for each in found],
            }
        )  # fmt: skip
        print("dev with flags", len(own), "posts:", len(found), "campaigns", flush=True)
    else:
        print("no flags: run benchmarks.accounts first", flush=True)
    RESULTS.write_text(json.dumps(records, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
