# SPDX-License-Identifier: MIT
"""minidom_edit: build a document, edit it at random places, print it.

Heap: one large tree whose nodes know parent, siblings and document, so that
all of it is one cycle; branches are moved, copied and cut off, and what is cut
off is garbage in cycles that still refers to what lives.
"""
import random
import sys
from xml.dom import minidom


def make_document(document, sections):
    root = document.appendChild(document.createElement("book"))
    for number in range(sections):
        section = root.appendChild(document.createElement("section"))
        section.setAttribute("id", f"s{number}")
        for word in ("one", "two", "three"):
            part = section.appendChild(document.createElement("part"))
            part.setAttribute("name", word)
            part.appendChild(document.createTextNode(f"{word} of {number}"))
    return root


def edit(document, root, source, step):
    """Moves, copies or removes a section, or writes into one."""
    section = source.choice(root.childNodes)
    kind = source.randrange(4)
    if kind == 0:
        root.insertBefore(section, source.choice(
            [n for n in root.childNodes if n is not section]))
    elif kind == 1:
        copy = section.cloneNode(True)
        copy.setAttribute("id", f"c{step}")
        root.replaceChild(copy, section)
    elif kind == 2:
        root.removeChild(section)
        fresh = document.createElement("section")
        fresh.setAttribute("id", f"n{step}")
        fresh.appendChild(document.createTextNode(f"step {step}"))
        root.appendChild(fresh)
    else:
        part = section.appendChild(document.createElement("part"))
        part.appendChild(document.createComment(str(step)))
        if len(section.childNodes) > 6:
            section.removeChild(section.firstChild)


def count(node):
    return 1 + sum(map(count, node.childNodes))


def main(edits):
    source = random.Random(11)
    document = minidom.getDOMImplementation().createDocument(None, None, None)
    root = make_document(document, 150)
    again = characters = 0
    for step in range(edits):
        edit(document, root, source, step)
        if step % 400 == 399:
            text = document.toxml()
            characters += len(text)
            again += count(minidom.parseString(text))
    return count(document), again, characters


edits = int(sys.argv[1]) if len(sys.argv) > 1 else 3200
sys.audit("wane.trace", "start")
result = main(edits)
sys.audit("wane.trace", "end")
print(*result)
