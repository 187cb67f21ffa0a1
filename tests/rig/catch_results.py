"""Turns a Catch2 XML report into result lines: catch_results.py REPORT NAME EXIT_STATUS"""
import sys
import xml.etree.ElementTree as xml


def verdict(case):
    """The result line of one test case."""
    name = " ".join(case.get("name").split())
    overall = case.find("OverallResult")
    if overall.get("success") != "true":
        return f"not ok {name}"
    if int(overall.get("skips", "0")):
        reason = " ".join("".join(skip.itertext()).strip() for skip in case.iter("Skip"))
        return f"skip {name} # {' '.join(reason.split()) or 'no reason given'}"
    return f"ok {name}"


def main():
    report, program, status = sys.argv[1:]
    current, failed = "before the first test case", False
    try:
        for event, element in xml.iterparse(report, events=("start", "end")):
            if element.tag != "TestCase":
                continue
            current = element.get("name", current)
            if event == "end":
                line = verdict(element)
                failed = failed or line.startswith("not ok")
                print(line)
                current = f"after {current}"
    except (xml.ParseError, OSError, AttributeError) as error:
        print(f"not ok {program} ended early ({current}; exit status {status}): {error}")
        return
    # A leak or a sanitizer report changes the exit status only, after every case has passed.
    if status not in ("0", "4") and not failed:
        print(f"not ok {program} ended with exit status {status}")


main()
