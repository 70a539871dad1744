"""Directives and roles of reStructuredText that docutils does not know, read as ordinary text."""

from __future__ import annotations

import re
from functools import cache
from typing import Any

_DIRECTIVE = re.compile(r"^[ \t]*\.\.[ \t]+(?:\|[^|\n]{1,100}\|[ \t]+)?([\w:+.-]{1,60})::", re.M)
_ROLE = re.compile(
    r":((?:[\w+.-]{1,40}:){0,3}[\w+.-]{1,40}):`|`:((?:[\w+.-]{1,40}:){0,3}[\w+.-]{1,40}):"
)
_TARGET = re.compile(r"\s*(?<!\\)<[^<>]*>\s*\Z")
# their arguments and content name files and parts of programs; a reader sees none of it
_UNSEEN = frozenset(
    """toctree highlight index literalinclude currentmodule module default-domain tabularcolumns
    automodule autoclass autofunction automethod autosummary doctest-requires
    codeauthor sectionauthor testsetup plot graphviz digraph mermaid uml""".split()
)
_CONDITIONS = ("only", "ifconfig")  # their argument is no text
_TITLED = {
    "seealso": "See also",
    "versionadded": "New in version",
    "deprecated": "Deprecated since",
}
_CODE = frozenset("code code-block sourcecode prompt parsed-code".split())
_LIMIT = 500  # different names in one text


def allow_unknown(text: str) -> None:
    """Registers what `text` uses and docutils does not know. Safe to call for text after text."""
    from docutils.parsers.rst import directives, roles
    from docutils.parsers.rst.languages import en

    for name in sorted({found.lower() for found in _DIRECTIVE.findall(text)})[:_LIMIT]:
        known = name in directives._directive_registry or name in en.directives
        if name in _CODE or not known:
            directives.register_directive(name, _directive())
    found = {one or other for one, other in _ROLE.findall(text)}
    for name in sorted({name.lower() for name in found})[:_LIMIT]:
        if name not in roles._role_registry and name not in en.roles:
            roles.register_local_role(name, _role)


def _role(
    name: str, rawtext: str, text: str, lineno: int, inliner: Any, *_: Any, **__: Any
) -> tuple[list[Any], list[Any]]:
    from docutils import nodes

    shown = _TARGET.sub("", text)
    if shown == text:  # a name: only its last part is shown after ~, and ! stops the link
        shown = text.rsplit(".", 1)[-1] if text.startswith("~") else text.lstrip("!")
    return [nodes.Text(nodes.unescape(shown or text))], []


class _AnyOption(dict[str, Any]):
    """Takes every option and does nothing with it."""

    def __missing__(self, name: str) -> Any:
        return lambda value: value

    def __bool__(self) -> bool:
        return True


@cache
def _directive() -> Any:
    from docutils import nodes
    from docutils.parsers.rst import Directive

    class AnyDirective(Directive):  # type: ignore[misc, unused-ignore]
        """Its argument is a paragraph, its content is read like any text."""

        optional_arguments = 1
        final_argument_whitespace = True
        has_content = True
        option_spec = _AnyOption()

        def run(self) -> list[Any]:
            name = self.name.rsplit(":", 1)[-1]
            if name in _UNSEEN:
                return []
            if name in _CODE:  # its argument is a language
                code = "\n".join(self.content)
                return [nodes.literal_block(code, code)]
            first = [_TITLED.get(name, "")]
            first += self.arguments if name not in _CONDITIONS else []
            container = nodes.container()
            if words := " ".join(filter(None, first)):
                parsed, _ = self.state.inline_text(words, self.lineno)
                container += nodes.paragraph("", "", *parsed)
            self.state.nested_parse(self.content, self.content_offset, container)
            return [container]

    return AnyDirective
