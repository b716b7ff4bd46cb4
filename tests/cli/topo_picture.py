# topo_picture.py: what test_topo.sh asks of a picture of a topology.
# SPDX-License-Identifier: MIT
#
#     topo_picture.py FILE WORD...
#
# It is XML, everything is within its page, each text has a size one can read,
# and each WORD is a text of its own.
import sys
import xml.etree.ElementTree as ElementTree


def main():
    path, words = sys.argv[1], sys.argv[2:]
    root = ElementTree.parse(path).getroot()
    space = "{http://www.w3.org/2000/svg}"
    assert root.tag == space + "svg", root.tag
    width, height = float(root.get("width")), float(root.get("height"))
    texts = []
    for rect in root.iter(space + "rect"):
        x, y = float(rect.get("x")), float(rect.get("y"))
        assert x >= 0 and x + float(rect.get("width")) <= width, rect.attrib
        assert y >= 0 and y + float(rect.get("height")) <= height, rect.attrib
    for text in root.iter(space + "text"):
        x, y = float(text.get("x")), float(text.get("y"))
        size = float(text.get("font-size"))
        # So wide are letters of usual fonts; wider ones are not our fault.
        half = 0.5 * size * len(text.text)
        begin = {None: 0, "middle": 0.5, "end": 1}[text.get("text-anchor")]
        assert size >= 4, (text.text, size)
        assert x - begin * half >= 0 and x + (1 - begin) * half <= width, \
            text.text
        assert 0 < y <= height, text.text
        texts.append(text.text)
    missing = [word for word in words if word not in texts]
    assert not missing, f"{path}: no text {missing}, only {texts}"


main()
