"""What the keys do, and how to read an answer."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import VerticalScroll
from textual.screen import ModalScreen
from textual.widgets import Markdown

HELP = """
# Help

Type a question and press **Enter**. The answer comes in three parts:

1. **From the documents, word for word**: sentences of your documents, each with a number.
2. **In the model's own words**: written by a small model. Check them; it makes mistakes.
   Sentences whose words are not in the passages are left out, and counted.
3. **Passages found**: choose one to read it in its page.

If nothing in the library supports an answer, it says so and shows the nearest passages.

| Key | What it does |
|---|---|
| Enter | Ask, or open the chosen passage |
| Tab, Shift+Tab | Move between question, passages and text |
| F2 | Go to the passages |
| Esc | Stop an answer; otherwise back to the question |
| F1 | This help; also ? outside the question box |
| Ctrl+Q | Quit |

Add documents in another terminal: `assistant index FOLDER`. Nothing leaves this computer.
"""


class HelpScreen(ModalScreen[None]):
    BINDINGS = [Binding("escape,f1,question_mark,q", "dismiss", "Close", id="help.close")]

    def compose(self) -> ComposeResult:
        with VerticalScroll(id="help"):
            yield Markdown(HELP, open_links=False)

    def on_mount(self) -> None:
        self.query_one("#help").focus()
