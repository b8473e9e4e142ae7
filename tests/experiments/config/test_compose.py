"""Composition: what is chosen and given arrives, and all that is wrong is said at once with the nearest valid name."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from experiments.build import decisions_of
from experiments.config.compose import ROOTS, Composed, compose
from experiments.config.groups import choices, conf_dir, groups_of
from sim.errors import InputError, Problem


def composed(verb: str, *words: str) -> Composed:
    return compose(verb, [tuple(word.split("=", 1)) for word in words])


def problems(verb: str, *words: str) -> dict[str, Problem]:
    with pytest.raises(InputError) as caught:
        composed(verb, *words)
    return {problem.path: problem for problem in caught.value.problems}


@pytest.mark.parametrize("verb", ROOTS)
def test_every_choice_of_every_group_composes(verb: str) -> None:
    for group in groups_of(verb):
        assert choices(group)
        for choice in choices(group):
            replayed = (group, choice) == ("scenario", "replay")
            words = [f"{group}={choice}", *([f"data={conf_dir()}", "source_city=3"] if replayed else [])]
            found = composed(verb, *words)
            assert found.groups[group] == choice
            assert getattr(found.config, group).name == choice


def test_every_folder_with_choices_belongs_to_a_verb() -> None:
    used = {group for verb in ROOTS for group in groups_of(verb)} | {"params", "lab"}
    assert {file.parent.name for file in conf_dir().glob("*/*.yaml")} <= used


@pytest.mark.parametrize(("city", "shops", "members"), [("tiny", 4, 100), ("small", 12, 300), ("district", 12, 1000)])
def test_cities_have_their_sizes(city: str, shops: int, members: int) -> None:
    config = composed("run", f"city={city}").config
    assert (config.city.shops, config.city.members) == (shops, members)


@pytest.mark.parametrize(("name", "fulfilment", "on"), [
    ("traditional", "shop_stock", False), ("preorder", "pre_order", False),
    ("spf", "pre_order", True), ("spf_stock", "shop_stock", True)])
def test_named_arms_cross_fulfilment_with_the_systems(name: str, fulfilment: str, on: bool) -> None:
    scenario = composed("run", f"scenario={name}").config.scenario
    assert scenario.fulfilment == fulfilment
    assert (scenario.s, scenario.p, scenario.f) == (on, on, on)


def test_values_go_over_choices_in_any_order() -> None:
    config = composed("run", "city.shops=7", "city=tiny", "start=2026-04-01", "scenario.s=false").config
    assert (config.city.name, config.city.shops, config.city.members) == ("tiny", 7, 100)
    assert config.start == date(2026, 4, 1)
    assert config.scenario.s is False and config.scenario.p is True


def test_all_mistakes_at_once_each_with_its_path_and_the_nearest_name() -> None:
    found = problems("run", "city=tinny", "days=-3", "seed=abc", "shops=3", "scenario.fulfilment=preorder",
                     "start=2026-02-30", "scenario.s=1", "scenario.preorder_share=1.5", "data=/没有 这里/[x],y=z")
    assert found["city"].nearest == "tiny" and "district, metropolis, small, tiny" in found["city"].message
    assert found["days"].message == "must be at least 1, not -3"
    assert found["seed"].message == "must be a whole number, not 'abc'"
    assert found["shops"] == Problem("shops", "no such key", "city.shops")
    assert found["scenario.fulfilment"].nearest == "pre_order"
    assert found["start"].message == "must be a date such as 2026-03-02, not '2026-02-30'"
    assert found["scenario.s"].message == "must be true or false, not 1"
    assert found["scenario.preorder_share"].message == "must be at most 1, not 1.5"
    assert found["data"].message == "no such file or directory: /没有 这里/[x],y=z"
    assert len(found) == 9


@pytest.mark.parametrize("value", ["abc", "1.5", "true", "[1]", "1e3", "null", "1:30", ".nan", "2026-03-02"])
def test_days_is_a_whole_number_and_nothing_else(value: str) -> None:
    assert problems("run", f"days={value}")["days"].message.startswith("must be a whole number, not ")


def test_the_same_key_twice_no_value_and_a_section_are_refused() -> None:
    assert problems("run", "days=1", "days=2")["days"].message == "is given twice"
    assert problems("run", "days= ")["days"].message == "has no value"
    assert problems("run", "scenario.name=other")["scenario.name"].message == "no such key"


def test_a_path_may_hold_anything_and_is_made_absolute(tmp_path, monkeypatch) -> None:
    folder = tmp_path / "数据 [2024], a=b #1: x"
    folder.mkdir()
    monkeypatch.chdir(tmp_path)
    assert composed("run", f"data={folder}").config.data == folder
    assert composed("run", f"data={folder.name}").config.data == folder


def test_a_replay_needs_its_data_and_city() -> None:
    assert set(problems("run", "scenario=replay")) == {"data", "source_city"}
    assert set(problems("compare", "scenarios=[traditional, replay]")) == {"data", "source_city"}


@pytest.mark.parametrize(("words", "path"), [
    (["start=2027-01-01"], "start"), (["start=2026-12-31", "days=2"], "days"), (["start=1999-01-01"], "start"),
    (["days=1000000000000"], "days"), (["start=2027-01-01", "days=abc"], "start")])
def test_a_horizon_outside_the_calendar_is_refused(words: list[str], path: str) -> None:
    assert path in problems("run", *words)


def test_some_days_must_be_left_to_count() -> None:
    found = problems("run", "days=7", "settle_days=7")
    assert found["settle_days"].message == "leaves no day that counts: must be below days, 7"
    assert composed("run", "days=7", "settle_days=6").config.left_out_days == 6


@pytest.mark.parametrize(("days", "burn_in_days", "left_out"), [(28, 0, 0), (42, 14, 14), (9, 14, 4), (1, 14, 0)])
def test_two_weeks_after_a_burn_in_are_left_out(days: int, burn_in_days: int, left_out: int) -> None:
    assert composed("run", f"days={days}", f"burn_in_days={burn_in_days}").config.left_out_days == left_out


def test_the_last_day_of_the_calendar_can_be_lived_and_is_named() -> None:
    assert composed("run", "start=2026-12-31", "days=1").config.days == 1
    assert "2026-12-31" in problems("run", "start=2026-12-31", "days=2")["days"].message


def test_a_comparison_names_known_scenarios_and_one_of_them_is_the_baseline() -> None:
    found = problems("compare", "scenarios=[traditional, spff]", "baseline=traditonal", "replications=1")
    assert found["scenarios"].nearest == "spf"
    assert found["baseline"].nearest == "traditional"
    assert found["replications"].message == "must be at least 2, not 1"
    assert "twice" in problems("compare", "scenarios=[spf, spf, traditional]")["scenarios"].message


def test_an_arm_of_a_comparison_is_the_run_with_the_same_values_and_seed() -> None:
    compared = composed("compare", "experiment=demo", "city=tiny", "days=3", "seed=10", "burn_in_days=2").config
    for name in ("traditional", "spf"):
        run = composed("run", f"scenario={name}", "season=summer_fruit", "city=tiny", "days=3", "seed=12",
                       "burn_in_days=2").config
        assert compared.arm(name, replication=2) == run


def test_an_experiment_chooses_a_group_unless_the_line_does() -> None:
    assert composed("compare", "experiment=demo").config.city.name == "district"
    chosen = composed("compare", "experiment=demo", "city=tiny")
    assert chosen.config.city.name == chosen.groups["city"] == "tiny"


def test_a_scenario_may_name_the_policy_that_decides() -> None:
    config = composed("run", "city=tiny", "scenario.policies.recommend=recommend.popularity").config
    assert config.scenario.policies.recommend == "recommend.popularity"
    wrong = ("scenario.policies.recommend=recommend.populrity", "scenario.policies.route=price.one_price")
    found = problems("run", *wrong)
    assert found["scenario.policies.recommend"].nearest == "recommend.popularity"
    assert "route.milk_run" in found["scenario.policies.route"].message


def test_a_scenario_gives_its_policies_parameters() -> None:
    config = composed("run", "scenario=spf_stock", "scenario.params.replenish.dispersion=2.0",
                      "scenario.params.service.refund_percent=50").config
    assert config.scenario.params == {"replenish": {"dispersion": 2}, "service": {"refund_percent": 50}}
    policy = decisions_of(config.scenario, config.world)._policies["replenish"][1]
    assert policy.params()["dispersion"] == 2
    plain = composed("run", "scenario=spf_stock", "scenario.params.replenish.dispersion=2")
    assert plain.digest != composed("run", "scenario=spf_stock").digest
    assert plain.digest == composed("run", "scenario=spf_stock", "scenario.params.replenish.dispersion=2.0").digest


def test_parameters_a_policy_does_not_take_are_all_named_with_their_path() -> None:
    at = "scenario.params"
    found = problems("run", "scenario=spf_stock", f"{at}.replenish.least_servise=.2", f"{at}.replenih.a=1",
                     f"{at}.route.iterations=2.5", f"{at}.route.seed=true", f"{at}.procure.x=1", f"{at}.price=3",
                     f"{at}.service.refund_percent=101", f"{at}.recommend.caution=[1]")
    assert found[f"{at}.replenish.least_servise"].nearest == f"{at}.replenish.least_service"
    assert "replenish.age_aware takes no such parameter" in found[f"{at}.replenish.least_servise"].message
    assert found[f"{at}.replenih.a"].nearest == f"{at}.replenish.a"
    assert found[f"{at}.route.iterations"].message == "must be a whole number, not 2.5"
    assert found[f"{at}.route.seed"].message == "must be a whole number, not true"
    assert "it takes late_days" in found[f"{at}.procure.x"].message
    assert "is a section" in found[f"{at}.price"].message
    assert "refund_percent 101 not in 0..100" in found[f"{at}.service.refund_percent"].message
    assert "must be a finite number, true, false or text, not [1]" in found[f"{at}.recommend.caution"].message
    assert len(found) == 8


def test_values_that_do_not_go_together_are_named_by_their_section() -> None:
    at = "scenario.params.replenish"
    found = problems("run", "scenario=spf_stock", f"{at}.least_service=0.9", f"{at}.most_service=0.8")
    assert list(found) == [at]
    named = "scenario.policies.replenish=replenish.base_stock"
    assert "base_stock: service 2 not" in problems("run", named, f"{at}.service=2")[f"{at}.service"].message


def test_an_arm_may_vary_a_packaged_scenario() -> None:
    words = ("scenarios=[spf_stock,careful]", "baseline=spf_stock", "arms.careful.of=spf_stock")
    config = composed("compare", *words, "arms.careful.params.replenish.least_service=0.7",
                      "arms.spf_stock.f=false").config
    careful, plain = config.arms["careful"], config.arms["spf_stock"]
    assert careful.name == "careful" and careful.f and not plain.f
    assert careful.params == {"replenish": {"least_service": 0.7}}
    copy = composed("compare", *words).config
    assert copy.arms["careful"].model_copy(update={"name": "spf_stock"}) == copy.arms["spf_stock"]


def test_a_line_may_compare_some_of_the_arms_that_an_experiment_describes() -> None:
    words = ("experiment=recommenders", "scenarios=[one_list,ease]")
    assert set(composed("compare", *words).config.arms) == {"one_list", "ease"}
    found = problems("compare", *words, "arms.bpr.params.recommend.epsilon=0")
    assert "not among the scenarios" in found["arms.bpr"].message


def test_mistakes_in_varied_arms_are_named_with_their_path() -> None:
    found = problems("compare", "scenarios=[spf_stock,careful,other,bold]", "baseline=spf_stock",
                     "arms.careful.of=spf_stok", "arms.bold.of=spf", "arms.bold.policies.route=route.milkrun",
                     "arms.bold.params.campaign.x=1", "arms.spf_stock.polices.route=a", "arms.spf_stock.s=1",
                     "arms.absent.s=true")
    assert found["arms.careful.of"].nearest == "spf_stock"
    assert "arms.other.of=SCENARIO" in found["scenarios"].message
    assert "not among the scenarios" in found["arms.absent"].message
    assert found["arms.spf_stock.polices.route"].nearest == "arms.spf_stock.policies.route"
    assert found["arms.spf_stock.s"].message == "must be true or false, not 1"
    judged = problems("compare", "scenarios=[spf_stock,bold]", "baseline=spf_stock", "arms.bold.of=spf",
                      "arms.bold.policies.route=route.milkrun", "arms.bold.params.campaign.x=1")
    assert judged["arms.bold.policies.route"].nearest == "route.milk_run"
    assert "takes no such parameter" in judged["arms.bold.params.campaign.x"].message


def test_the_digest_is_that_of_the_meaning_not_of_the_words() -> None:
    plain = composed("run", "city=tiny").digest
    assert plain == composed("run", "city.shops=4", "city=tiny", "seed=1").digest
    assert plain == composed("run", "city=tiny", "scenario.preorder_share=1").digest
    others = [composed("run", "city=tiny", word).digest
              for word in ("days=27", "seed=2", "scenario=preorder", "start=2026-03-03", "source_city=1")]
    assert len({plain, *others}) == 6
    assert len(plain) == 32


@settings(max_examples=30, deadline=None)
@given(key=st.text(st.characters(blacklist_characters="=", blacklist_categories=["Cs"]), min_size=1, max_size=12),
       value=st.text(st.characters(blacklist_categories=["Cs"]), max_size=12))
def test_whatever_is_typed_there_is_a_configuration_or_a_list_of_problems(key: str, value: str) -> None:
    try:
        compose("run", [(key, value)])
    except InputError as error:
        assert all("\n" not in str(problem) for problem in error.problems)


def test_the_recommenders_differ_in_who_makes_the_slates_only() -> None:
    config = composed("compare", "experiment=recommenders").config
    arms = {name: config.arm(name, replication=0).scenario.model_dump() for name in config.scenarios}
    assert {arm["policies"].pop("recommend") for arm in arms.values()} == {f"recommend.{name}" for name in arms}
    alike = [{key: value for key, value in arm.items() if key != "name"} for arm in arms.values()]
    assert len(arms) == 5 and all(arm == alike[0] for arm in alike)
