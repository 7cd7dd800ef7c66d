"""Calls, keys and limits, worked out by hand."""

from __future__ import annotations

from pathlib import Path

import pytest

from netctl.budget.budget import Budget, budget_of
from netctl.budget.calls import Cadence, Calls, caller_of, calls_of
from netctl.budget.forecast import Limit, forecast
from netctl.budget.keys import Holder, Key, digest_of, keys_of
from netctl.budget.spec import ApiUse
from netctl.store.counting import tallies
from netctl.store.database import looked_into
from netctl.store.histories import Window
from tests.recorded import ADDRESSES, BEGIN, Book, spec_of

DAY = 86_400.0
EVAL = Cadence("MINER_EVAL_PERIOD_MINUTES", 300.0)
SCRAPE = Cadence("scrape_frequency", 300.0)


def resi() -> ApiUse:
    use = spec_of("resi").api
    assert use is not None
    return use


def test_calls_are_counted_by_the_lines_that_tell_of_them(tmp_path: Path) -> None:
    """A miner's page is a call, an entity of a validator's is two; of the recent half a miner made two in 50 s."""
    book = Book(tmp_path / "metrics.db")
    for at in (10, 60, 90):
        book.said("miner_1", at, "Scraping 77449 for ForSale properties: Houses,Condos", "DEBUG")
    book.said("miner_1", 91, 'API error for 77449: 403 - {"message":"no"}', "ERROR")
    results = ", ".join(
        f"ValidationResult(is_valid=True, content_size_bytes_validated=8, reason='{why}')"
        for why in ("Property exists via Zillow API", "Rate limited during validation - assumed valid")
    )
    whom = ADDRESSES["miner_1"]
    book.said("validator_1", 20, f"{whom}: Data validation on selected entities finished with results: [{results}]")
    book.said("validator_1", 19, "Rate limited during validation - assuming property is valid")
    book.fed()
    use = resi()
    wanted = [(told.role, told.signal) for told in use.told]
    callers = [
        caller_of("miner_1", "miner", use, cadence=SCRAPE, miners=3),
        caller_of("validator_1", "validator", use, cadence=EVAL, miners=3),
    ]
    with looked_into(book.path) as store:
        period = tallies(store, wanted, Window(BEGIN, BEGIN + 100))
        recent = tallies(store, wanted, Window(BEGIN + 50, BEGIN + 100))
    miner, validator = calls_of(callers, use, period, recent, 50.0)
    assert (miner.used, miner.refused, miner.measured) == (3, 1, pytest.approx(2 * DAY / 50))
    assert (validator.used, validator.refused, validator.measured) == (4, 1, 0.0)
    # Two pages each five minutes; four calls for each of three miners each five minutes.
    assert (miner.expected, validator.expected) == (pytest.approx(576), pytest.approx(3456))


def test_before_anything_was_recorded_the_cadence_is_reckoned_with() -> None:
    use = resi()
    (calls,) = calls_of([caller_of("miner_1", "miner", use, cadence=SCRAPE, miners=1)], use, (), (), 0.0)
    assert (calls.measured, calls.a_day) == (None, pytest.approx(576))


@pytest.mark.parametrize(
    ("used", "a_day", "verdict", "out_s", "slower"),
    [
        (0, 100, "lasts", None, 1.0),
        (900, 700, "lasts", None, 1.0),
        (0, 801, "close", None, 1.0),
        (850, 100, "close", None, 1.0),
        # Twice too quick: 500 are left, at 2000 a day.
        (500, 2000, "runs out", DAY / 4, 2.0),
        (1000, 2000, "used up", 0.0, 2.0),
    ],
)
def test_without_a_day_of_renewal_the_pace_decides(
    used: int, a_day: float, verdict: str, out_s: float | None, slower: float
) -> None:
    found = forecast(used, a_day, Limit(1000, DAY, warn=0.8 if used < 900 else 0.95), BEGIN)
    assert (found.verdict, found.slower) == (verdict, pytest.approx(slower))
    assert found.runs_out_s == (None if out_s is None else pytest.approx(out_s))


@pytest.mark.parametrize(
    ("used", "a_day", "verdict", "out_s", "slower"),
    [
        # Ten days, of which four are gone; six are to come.
        (400, 50, "lasts", None, 1.0),
        (400, 90, "close", None, 1.0),
        (400, 150, "runs out", 4 * DAY, 1.5),
        (700, 100, "runs out", 3 * DAY, 2.0),
        (1000, 10, "used up", 0.0, 1.0),
    ],
)
def test_with_a_day_of_renewal_what_is_left_has_to_last_till_then(
    used: int, a_day: float, verdict: str, out_s: float | None, slower: float
) -> None:
    found = forecast(used, a_day, Limit(1000, 10 * DAY, since_s=BEGIN - 24 * DAY), BEGIN)
    assert (found.verdict, found.slower) == (verdict, pytest.approx(slower))
    assert found.runs_out_s == (None if out_s is None else pytest.approx(out_s))


def test_a_period_began_at_the_last_renewal() -> None:
    limit = Limit(1000, 10 * DAY, since_s=BEGIN - 24 * DAY)
    assert limit.began(BEGIN) == BEGIN - 4 * DAY
    assert limit.began(BEGIN - 30 * DAY) == BEGIN - 40 * DAY
    assert Limit(1000, DAY).began(BEGIN) == BEGIN - DAY


def test_keys_are_named_by_place_and_digest_and_never_by_value() -> None:
    secret = "3d5c0ffee-not-a-real-key"
    holders = [
        Holder("miner_1", "$KEY_2", digest_of(secret)),
        Holder("miner_2", "$KEY_1", None),
        Holder("miner_3", "$OTHER", digest_of(secret)),
        Holder("miner_4", "", digest_of("from a file")),
        Holder("miner_5", "", None),
    ]
    keys = keys_of(holders, ["KEY_1", "KEY_2"])
    assert [(key.place, key.reference, key.neurons) for key in keys] == [
        (1, "$KEY_1", ("miner_2",)),
        (2, "$KEY_2", ("miner_1", "miner_3")),
        (3, "", ("miner_4",)),
    ]
    assert keys[0].name == "key 1 ($KEY_1)"
    assert keys[1].name == f"key 2 ($KEY_2, {digest_of(secret)})"
    assert len(digest_of(secret)) == 6
    assert secret not in repr(keys)


def test_a_digest_tells_keys_apart_and_is_the_same_every_time() -> None:
    assert digest_of("one") == digest_of("one") != digest_of("two")


def reckoned(calls: list[Calls], keys: list[Key], limit: Limit | None, total: Limit | None = None) -> Budget:
    return budget_of(
        api="RapidAPI",
        variable="RAPIDAPI_KEY",
        real=True,
        scale=1,
        window=None,
        calls=calls,
        keys=keys,
        limit=limit,
        total=total,
        now=BEGIN,
    )


def making(name: str, a_day: float, cadence: Cadence) -> Calls:
    return Calls(name, 0, 0, None, a_day, cadence)


def test_each_key_bears_its_own_neurons_and_what_does_not_last_is_slowed_down() -> None:
    calls = [making("miner_1", 500, SCRAPE), making("miner_2", 900, SCRAPE), making("validator_1", 700, EVAL)]
    keys = [Key(1, "$A", None, ("miner_1",)), Key(2, "$B", None, ("miner_2", "validator_1"))]
    found = reckoned(calls, keys, Limit(1000, DAY))
    assert [use.forecast.verdict for use in found.keys] == ["lasts", "runs out"]
    assert [use.key.place for use in found.worst] == [2]
    # 1.6 times: 480 s is a multiple of thirty, eight minutes of sixty.
    assert [(each.neuron, each.seconds) for each in found.slower] == [("miner_2", 480), ("validator_1", 480)]
    assert (found.keys_needed, found.too_quick, found.lasts) == (3, (), False)


def test_all_keys_together_have_a_limit_too() -> None:
    calls = [making("miner_1", 500, SCRAPE), making("miner_2", 500, SCRAPE)]
    keys = [Key(1, "$A", None, ("miner_1",)), Key(2, "$B", None, ("miner_2",))]
    found = reckoned(calls, keys, None, Limit(800, DAY))
    assert (found.total.verdict, found.worst, found.lasts) == ("runs out", (), False)
    assert {each.seconds for each in found.slower} == {390}
    assert found.keys_needed is None


def test_a_neuron_that_is_too_quick_for_any_key_is_named() -> None:
    calls = [making("validator_1", 1100, EVAL), making("miner_1", 10, SCRAPE)]
    found = reckoned(calls, [Key(1, "$A", None, ("validator_1", "miner_1"))], Limit(1000, DAY))
    assert found.too_quick == ("validator_1",)


def test_a_variable_that_all_must_agree_on_is_as_slow_as_the_slowest_needs() -> None:
    calls = [making("validator_1", 1500, EVAL), making("validator_2", 3000, EVAL)]
    keys = [Key(1, "$A", None, ("validator_1",)), Key(2, "$B", None, ("validator_2",))]
    assert [each.seconds for each in reckoned(calls, keys, Limit(1000, DAY)).slower] == [900, 900]


def test_without_a_limit_there_is_no_verdict_and_nothing_to_suggest() -> None:
    found = reckoned([making("miner_1", 500, SCRAPE)], [Key(1, "$A", None, ("miner_1",))], None)
    assert (found.keys[0].forecast.verdict, found.slower, found.keys_needed) == ("no limit", (), None)
    assert found.lasts
