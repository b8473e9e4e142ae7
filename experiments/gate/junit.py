"""A gate's decision as JUnit XML, the form in which CI systems read what passed and what did not.

One test case for each metric, each check of the data, and the verdict. `failure` marks what is shown to be worse,
`error` what must be known and is not, `skipped` what does not stop the gate.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from xml.etree import ElementTree

from experiments.gate.judge import BAD, GOOD, Finding
from experiments.gate.words import say, sentences

if TYPE_CHECKING:
    from experiments.gate import Decision


def junit(decision: Decision) -> bytes:
    """The content of `junit.xml`."""
    suite = ElementTree.Element("testsuite")
    for found in decision.findings:
        _case(suite, f"metric.{found.rule.role}", found.name, *_of_metric(found))
    for check in decision.checks:
        _case(suite, "data", check.name, None if check.holds else "error", say("en", check.key, **check.values))
    kind = {"pass": None, "fail": "failure", "inconclusive": "error"}[decision.verdict]
    _case(suite, "verdict", "verdict", kind, f"{decision.verdict}: {'; '.join(sentences(decision.reasons, 'en'))}")
    counts = {name: str(len(suite.findall(f"testcase/{tag}")))
              for name, tag in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped"))}
    suite.attrib.update({"name": f"linli gate {decision.arm} against {decision.baseline}",
                         "tests": str(len(suite)), **counts, "time": "0"})
    suites = ElementTree.Element("testsuites", {"name": "linli gate", "tests": str(len(suite)), **counts, "time": "0"})
    suites.append(suite)
    ElementTree.indent(suites)
    text: bytes = ElementTree.tostring(suites, encoding="utf-8", xml_declaration=True)
    return text + b"\n"


def _of_metric(found: Finding) -> tuple[str | None, str]:
    """The mark of a metric's case, and what it says."""
    low, high = found.difference.low, found.difference.high
    interval = "" if low is None or high is None else f", {low:+.4g} to {high:+.4g}"
    mean = "" if found.difference.mean is None else f": {found.difference.mean:+.4g} {found.unit}{interval}"
    text = f"{found.status}{mean}"
    if found.status in GOOD:
        return None, text
    if found.status in BAD:
        return "failure", text
    return ("error" if found.rule.role == "guardrail" else "skipped"), text


def _case(suite: ElementTree.Element, group: str, name: str, kind: str | None, text: str) -> None:
    case = ElementTree.SubElement(suite, "testcase", {"classname": f"linli.gate.{group}", "name": name, "time": "0"})
    if kind is not None:
        mark = ElementTree.SubElement(case, kind, {"message": text})
        if kind != "skipped":
            mark.set("type", group)
            mark.text = text
    else:
        ElementTree.SubElement(case, "system-out").text = text
