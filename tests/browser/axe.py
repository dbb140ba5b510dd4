"""axe-core in a page: the accessibility rules that its makers consider serious or critical."""

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

IMPACTS = ("serious", "critical")


def serious_violations(page: Page, *, contrast: bool = True) -> list[str]:
    """Return each element that breaks such a rule: the rule, its help and where the element is.

    `contrast` takes two thirds of the time; page_checks.js, too, measures it.
    """
    rules = {"color-contrast": {"enabled": contrast}}
    results = Axe().run(page, options={"resultTypes": ["violations"], "rules": rules}).response
    return [
        f"{rule['id']}: {rule['help']}: {' '.join(map(str, node['target']))} {node['html'][:120]}"
        for rule in results["violations"]
        if rule["impact"] in IMPACTS
        for node in rule["nodes"]
    ]
