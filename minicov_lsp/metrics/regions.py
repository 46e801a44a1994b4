"""Regions: pieces of code that run or don't as one (docs/conditions.md, rules 15 and 16)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from collections.abc import Set as AbstractSet
from functools import reduce
from operator import or_

from minicov_lsp.errors import SourceError
from minicov_lsp.metrics.functions import entered
from minicov_lsp.metrics.metric import Stats
from minicov_lsp.metrics.regions_elsewhere import HERE, Reading, elsewhere, is_in
from minicov_lsp.model import CodeFacts, FileFacts, Line, Region, SourceModel
from minicov_lsp.source.evidence import CodeKey, evidence, starts_lines
from minicov_tracer.naming import PYTHON


class RegionCoverage:
    """Counts regions; an element is a region."""

    name = "regions"

    def get_possible_elements(self, source: SourceModel) -> frozenset[Region]:
        """All regions of a text."""
        return frozenset(source.regions)

    def calculate_stats(self, source: SourceModel, executed: AbstractSet[Region]) -> Stats:
        """How many regions ran."""
        possible = self.get_possible_elements(source)
        return Stats(len(possible & executed), len(possible))


Known = Mapping[CodeKey, Mapping[int, frozenset[Region]]]
"""{code object: {bit set of probes: regions that ran if all of them were hit}} of one text."""


def executed_regions(
    source: SourceModel,
    facts: Iterable[FileFacts],
    known_evidence: Known | None = None,
    without_jumps: Callable[[], Known] | None = None,
    reading: Reading = HERE,
) -> frozenset[Region]:
    """The regions that certainly ran: what nothing shows to have run is not among them.

    `facts` are raw, in the lines of `source`'s text. Jumps mean something only to a Python that compiles the text as
    the one did that ran it; of other Pythons calls, lines and conditions tell what they can. Whoever asks again and
    again about one text reads `all_evidence` once and hands it in, and how to come to that without jumps; `reading` is
    asked for what conditions tell.
    """
    known = tuple(facts)
    if not any(one.codes for one in known):
        return frozenset()
    codes = [code for one in known for code in one.codes if code.hits or code.probes]
    own = [code for code in codes if code.python == PYTHON]
    ran = {line for code in codes for lines, _ in code.hits for line in lines}
    told = ran.union(*(code.probed_lines for code in own))
    settled = dict(starts_lines(source, (each for each in source.regions if each.span.line in told)))
    found = {region for region, line in settled.items() if line in ran}
    found.update(_entered_bodies(source, known))
    found.update(_called_lambdas(source, codes))
    found.update(elsewhere(source, _foreign(source, known), reading).executed)
    found.update(_shown_regions(source, own, known_evidence, without_jumps, settled.keys() | found))
    return frozenset(found)


def watched_regions(
    source: SourceModel,
    facts: Iterable[FileFacts],
    known_evidence: Known | None = None,
    reading: Reading = HERE,
) -> frozenset[Region]:
    """The regions of which it would be known if they had run: what is among them and not executed never ran.

    Those are regions in code objects that ran, every time under a tracer that sees jumps and on a Python that compiles
    them as this one does, and regions with first lines to themselves in any that ran.
    """
    all_facts = tuple(facts)
    codes = [code for one in all_facts for code in one.codes if code.hits or code.probes]
    probed = {line for code in codes for line in code.probed_lines}
    found = {region for region, line in starts_lines(source, source.regions) if line in probed}
    if all(code.probes for code in codes):
        found.update(region for region in source.regions if region.kind == "function")
    known = all_evidence(source) if known_evidence is None else known_evidence
    hit = {_key(code) for code in codes if code.python == PYTHON}
    blind = {(code.name, code.first_line) for code in codes if code.python != PYTHON or _key(code) not in known}
    for key, shown in known.items():
        if (key.name, key.first_line) not in blind:
            told = frozenset().union(*shown.values())
            # Nobody runs the code object of a lambda that is never called; its body is all that is known of it.
            is_seen = key in hit
            found.update(region for region in told if is_seen or region.kind == "lambda")
    foreign = _foreign(source, all_facts)
    if foreign and len(foreign) == len(codes):
        found.update(elsewhere(source, foreign, reading).unreached)
    return frozenset(found)


def unknown_regions(
    source: SourceModel, facts: Iterable[FileFacts], executed: AbstractSet[Region]
) -> frozenset[Region]:
    """Of the regions that are not `executed` those of which another Python's data can't tell whether they ran."""
    known = tuple(facts)
    codes = [code for one in known for code in one.codes if code.hits or code.probes]
    if all(code.python == PYTHON for code in codes):
        return frozenset()
    watched = watched_regions(source, known, {})
    ran = set(entered(source, known))
    idle = [each for each in source.definitions if each.kind == "function" and each not in ran]
    uncalled = [region.span for region in _only_lambdas(source).values() if region not in executed]
    return frozenset(
        region
        for region in source.regions
        if region not in executed
        and region not in watched
        and not any(each.body_line <= region.span.line <= each.end_line for each in idle)
        and not any(is_in(region.span, span) for span in uncalled)
    )


def _foreign(source: SourceModel, facts: Iterable[FileFacts]) -> list[CodeFacts]:
    """The code objects of exactly this text that another Python ran."""
    same = (one for one in facts if one.digest == source.digest)
    return [code for one in same for code in one.codes if code.python != PYTHON and (code.hits or code.probes)]


def unreached_regions(
    source: SourceModel,
    facts: Iterable[FileFacts],
    known_evidence: Known | None = None,
    without_jumps: Callable[[], Known] | None = None,
    reading: Reading = HERE,
) -> frozenset[Region]:
    """The regions that certainly never ran; the parameters are those above."""
    known = tuple(facts)
    watched = watched_regions(source, known, known_evidence, reading)
    return watched - executed_regions(source, known, known_evidence, without_jumps, reading)


def all_evidence(source: SourceModel, *, sees_jumps: bool = True) -> Known:
    """What probes show of a text's regions, whichever were hit: it costs a compilation of the text."""
    return _evidence_by_key(source, sees_jumps=sees_jumps)


def _key(code: CodeFacts) -> CodeKey:
    return CodeKey(code.name, code.first_line, tuple(sorted(code.probed_lines)), code.jumps)


def _entered_bodies(source: SourceModel, facts: Iterable[FileFacts]) -> Iterable[Region]:
    """The bodies of functions and classes that were entered."""
    places = {(found.kind, found.body_line, found.end_line) for found in entered(source, facts)}
    return (
        region
        for region in source.regions
        if region.kind in {"function", "class"} and (region.kind, region.span.line, region.span.end_line) in places
    )


def _called_lambdas(source: SourceModel, codes: Iterable[CodeFacts]) -> Iterable[Region]:
    """The bodies of lambdas that were called, where a line has only one."""
    called = {code.first_line for code in codes if code.is_called() and code.name.endswith("<lambda>")}
    return [only for line, only in _only_lambdas(source).items() if line in called]


def _only_lambdas(source: SourceModel) -> dict[Line, Region]:
    """{line: body of the one lambda that begins on it}."""
    by_line: dict[Line, list[Region]] = {}
    for region in source.regions:
        if region.kind == "lambda":
            by_line.setdefault(region.span.line, []).append(region)
    return {line: found[0] for line, found in by_line.items() if len(found) == 1}


def _shown_regions(
    source: SourceModel,
    codes: Iterable[CodeFacts],
    known_evidence: Known | None,
    without_jumps: Callable[[], Known] | None,
    settled: AbstractSet[Region],
) -> Iterable[Region]:
    """The regions that the hit probes of code objects show, which this Python compiles to the same.

    Of `settled` ones it is known already whether they ran.
    """
    hit: dict[CodeKey, set[int]] = {}
    for code in codes:
        hit.setdefault(_key(code), set()).update(code.probes)
    if not hit:
        return
    united = {key: reduce(or_, probes, 0) for key, probes in hit.items()}
    known = known_evidence
    if known is None:
        known = _evidence_by_key(source, sees_jumps=True, hit=united, settled=settled)
    if not hit.keys() <= known.keys():
        # Some of it, or all, was seen by a tracer that sees no jumps.
        if without_jumps is not None:
            without = without_jumps()
        else:
            without = _evidence_by_key(source, sees_jumps=False, hit=united, settled=settled)
        known = {**{key: shown for key, shown in known.items() if key.jumps}, **without}
    for key in hit.keys() & known.keys():
        seen = hit[key]  # once: a key has all jumps of its code, which may be thousands
        for bits, regions in known[key].items():
            if any(bits & probes == bits for probes in seen):
                yield from regions


def _evidence_by_key(
    source: SourceModel,
    *,
    sees_jumps: bool,
    hit: Mapping[CodeKey, int] | None = None,
    settled: AbstractSet[Region] = frozenset(),
) -> dict[CodeKey, Mapping[int, frozenset[Region]]]:
    """What probes show of each code object; of those that can't be told apart only what is shown of all."""
    found: dict[CodeKey, Mapping[int, frozenset[Region]]] = {}
    try:
        for one in evidence(source, sees_jumps=sees_jumps, hit=hit, settled=settled):
            known = found.get(one.key)
            if known is None:
                found[one.key] = one.shown
            else:
                found[one.key] = {bits: regions & known.get(bits, frozenset()) for bits, regions in one.shown.items()}
    except SourceError:
        return {}
    return found
