# The rules of accessibility (axe-core) on a page as it stands.
from pathlib import Path

AXE = Path(__file__).resolve().parents[2] / "web" / "node_modules" / "axe-core" / "axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]


def faults_of_axe(page):
    # No trace of axe stays: each page is loaded anew.
    if not page.evaluate("() => Boolean(window.axe)"):
        page.evaluate(AXE.read_text())
    found = page.evaluate("async (rules) => (await axe.run(document, { runOnly: { type: 'tag', values: rules }, resultTypes: ['violations'] })).violations", RULES)
    return [f"{one['id']}: {one['help']}: " + "; ".join(f"{' '.join(map(str, node['target']))} {node['html'][:160]} ({(node.get('any') or node.get('all') or node.get('none') or [{}])[0].get('message', '')})" for node in one["nodes"][:4]) for one in found]
