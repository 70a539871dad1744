"""LaTeX: sections, lists, tables and notes are read; commands, comments and drawings are not."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.domain import Reading, Status
from assistant.parse.file import File
from assistant.parse.reading import read as read_file
from assistant.parse.texts import latex


def read(content: str, name: str = "thesis.tex") -> Reading:
    return read_file(File(name, content.encode()))


def words(content: str) -> str:
    reading = read(content)
    assert reading.status is Status.READY, reading
    return "\n\n".join(section.text for section in reading.sections)


def test_sections_become_labels_and_the_preamble_is_left_out() -> None:
    reading = read(
        r"\documentclass{article}\usepackage{no}\newcommand{\x}[1]{no #1}\title{The \emph{Hall}}"
        "\n\\begin{document}\\maketitle\nHello.\n\\section{Money}\nOne.\n"
        "\\subsection*{Grants}\\label{no}"
        "\nTwo.\n\\end{document}\nno"
    )
    assert (reading.title, reading.media_type) == ("The Hall", "application/x-latex")
    assert [(s.label, s.text) for s in reading.sections] == [
        ("", "Hello."),
        ("Money", "One."),
        ("Money > Grants", "Two."),
    ]


def test_a_part_of_a_document_without_a_preamble_is_read() -> None:
    assert read("\\section{Keys}\nBlue door.").title == "Keys"


@pytest.mark.parametrize(
    ("content", "text"),
    [
        (r"\textbf{b} and \emph{e} {\large l}", "b and e l"),
        (r"Caf\'e \"o \ss{} 5\,\% \& ``so''---yes", "Café ö ß 5 % & “so”—yes"),
        (r"see~\cite[p.~3]{lee2020}, \ref{sec:a}", "see [lee2020], [sec:a]"),
        (r"\href{http://x.org}{the hall} \url{http://y.org/a_b}", "the hall http://y.org/a_b"),
        (r"\textcolor{red}{shown} \vspace{1cm}\includegraphics[width=1cm]{no}", "shown"),
        (r"Use \verb|a_b \c{d}| here", r"Use a_b \c{d} here"),
        (r"\input{/etc/passwd}\include{x} Words", "Words"),
        ("kept % comment\n% whole line\n50\\% kept", "kept 50% kept"),
        ("\\newcommand{\\hall}{Town Hall}\nThe \\hall{} opens", "The Town Hall opens"),
        (r"$E = mc^2$ and \[ \frac{a}{b} \leq \alpha \]", "E = mc^2 and a/b≤α"),
        ("\\begin{equation}\nx &= 1 \\\\ y\n\\end{equation}", "x = 1 y"),
    ],
)
def test_markup_goes_and_words_stay(content: str, text: str) -> None:
    assert words(content) == text


def test_lists_keep_their_marks_numbers_and_terms() -> None:
    content = (
        r"\begin{itemize}\item a lamp \begin{enumerate}\item one \item two\end{enumerate}"
        r"\item a cup\end{itemize}\begin{description}\item[Key] blue\end{description}"
    )
    assert words(content) == "- a lamp\n\n  1. one\n\n  2. two\n\n- a cup\n\nKey blue"


def test_table_rows_carry_their_column_headings() -> None:
    content = (
        r"\begin{table}[h]\caption{Hours}\begin{tabular}{|l|c|}\hline Day & Opens \\ \hline "
        r"Monday & 10 \& 11 \\ \multicolumn{2}{c}{closed} \\[2pt]\bottomrule\end{tabular}"
        r"\end{table}"
    )
    assert words(content) == (
        "Hours\n\nDay: Monday; Opens: 10 & 11.\n\nDay: closed; Opens: closed."
    )


def test_footnotes_come_after_their_paragraph() -> None:
    assert words("The key\\footnote{It is \\emph{blue}.} hangs.\n\nEnd.") == (
        "The key hangs.\n\nIt is blue.\n\nEnd."
    )


def test_code_is_kept_as_it_is() -> None:
    content = "\\begin{verbatim}\na  % b \\x{1}\n\\end{verbatim}\nEnd."
    assert words(content) == "a  % b \\x{1}\n\nEnd."


def test_the_abstract_is_called_so_and_drawings_are_left_out() -> None:
    content = "\\begin{abstract}Short.\\end{abstract}\\begin{tikzpicture}no\\end{tikzpicture}"
    assert [(s.label, s.text) for s in read(content).sections] == [("", "Short.")]
    assert read(content).title == "Abstract"


@pytest.mark.parametrize(
    "content",
    [
        r"The key \textbf{never closed",
        r"The key } too many",
        r"The key $x^{ unbalanced",
        r"The key \begin{tabular}{ll} a & b",
        r"The key \caption{open \section{x}",
        r"The key \end{itemize}\item x",
        "The key " + "{" * 5000,
        "The key " + r"\textbf{" * 2000,
        "The key " + r"\begin{a}" * 2000,
        "The key " + r"\[" * 5000,
    ],
)
def test_what_is_not_balanced_is_still_read(content: str) -> None:
    assert "The key" in words(content)


def test_a_document_that_runs_out_of_time_is_read_in_part() -> None:
    file = File("a.tex", b"One.\n\nTwo.\n\nThree.", deadline=0)
    assert read_file(file).status in (Status.PARTLY, Status.NO_TEXT)
    assert read_file(file).reason


def test_a_text_in_an_old_encoding_is_read() -> None:
    assert read_file(File("a.tex", "\\emph{Café} für".encode("cp1252"))).sections[0].text == (
        "Café für"
    )


@given(
    st.lists(
        st.sampled_from(
            r"\section{ \begin{itemize} \end{itemize} \item \begin{tabular}{l} \end{tabular} & \\ "
            r"$ \[ \] { } [ ] % \footnote{ \verb| \newcommand{\a}{ \a \frac \' \cite{ "
            r"\multicolumn{3}{c}{"
            r" \begin{verbatim} \end{document} \begin{document} ^ _ ~ \caption \href{".split()
        )
        | st.text("ab \n", max_size=4),
        max_size=30,
    )
)
def test_wild_input_is_read(parts: list[str]) -> None:
    reading = latex.read(File("a.tex", "".join(parts).encode()))
    assert all(section.text.strip() for section in reading.sections)
