"""The template behind posts."""

from autowritten.campaigns.template import template


def test_slots_hold_what_changes():
    posts = [
        f"My {car} lost its brakes on the {road}, never again."
        for car in ("X5", "Seal", "Golf")
        for road in ("A6", "ring")
    ]
    assert template(posts) == "My ‹X5|Golf|Seal› lost its brakes on the ‹A6|ring›, never again." or (
        template(posts).startswith("My ‹") and "› lost its brakes on the ‹" in template(posts)
    )


def test_chinese():
    found = template(
        [f"这{car}刹车又失灵了，{end}" for car in ("车", "台车", "辆车") for end in ("大家别买", "大家千万别买")]
    )
    assert "刹车又失灵了，大家" in found
    assert "别买" in found
    assert "‹" in found


def test_one_post_is_its_own_template():
    assert template(["only this"]) == "only this"
    assert template(["only this", "only this"]) == "only this"
    assert template([]) == ""


def test_nothing_shared_is_one_slot():
    assert template(["alpha beta", "gamma delta"]) == "‹alpha beta|gamma delta›"
