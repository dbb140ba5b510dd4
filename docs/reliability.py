"""The tables of docs/reliability.md, from tests/faults/table.toml. What precedes them is written by hand."""

from tests.faults.table import GROUPS, ProvenFault, parts, table

BEGIN = "<!-- The tables are generated from tests/faults/table.toml: ./run docs -->"


HEAD = "| | fault | what happens | tests |\n| --- | --- | --- | --- |\n"


def reliability_page(text: str) -> str:
    """Return the page with new tables after its mark."""
    written, mark, _ = text.partition(BEGIN)
    assert mark, "the mark of the tables is missing"
    return f"{written}{BEGIN}\n{''.join(group(letter) for letter in GROUPS)}"


def group(letter: str) -> str:
    rows = "".join(row(fault) for fault in table() if fault.id.startswith(letter))
    return f"\n### {GROUPS[letter][0]}\n\n{HEAD}{rows}"


def row(fault: ProvenFault) -> str:
    tests = "<br>".join(link(node) for node in fault.tests) or fault.untested
    return f"| {fault.id} | {fault.fault} | {fault.behaviour} | {tests} |\n"


def link(node: str) -> str:
    """Return a link to the file of a test; its name, which states the rule, is the text."""
    file, function, name = parts(node)
    words = function.removeprefix("test_").replace("_", " ")
    return f"[`{words}{f': {name}' if name else ''}`](../{file})"
