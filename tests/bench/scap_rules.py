"""The rules of a profile, a line each: scap_rules.py RULES PROFILE [--tailoring FILE | --within PROFILE]

An evaluation takes minutes of an emulated machine, so one of a profile serves for its tailored form, and for a profile that is a part
of it. Where that does not hold, because a value or a rule is another one, this says so and fails.
"""
import sys
import xml.etree.ElementTree as ElementTree

XCCDF = "{http://checklists.nist.gov/xccdf/1.2}"
RULE = "xccdf_org.ssgproject.content_rule_"


def profile_of(file, name):
    for _, element in ElementTree.iterparse(file):
        if element.tag == XCCDF + "Profile" and element.get("id") == name:
            return element
    return sys.exit(f"scap_rules: {file} has no profile {name}")


def selects(profile, wanted):
    return {element.get("idref").removeprefix(RULE) for element in profile.iter(XCCDF + "select")
            if element.get("idref").startswith(RULE) and element.get("selected") == wanted}


def values(profile):
    return {(tag, tuple(sorted(element.attrib.items())), element.text)
            for tag in ("set-value", "refine-value", "refine-rule") for element in profile.iter(XCCDF + tag)}


def main():
    rules, name, *option = sys.argv[1:]
    profile = profile_of(rules, f"xccdf_org.ssgproject.content_profile_{name}")
    selected = selects(profile, "true")
    if option and option[0] == "--within":
        whole = profile_of(rules, f"xccdf_org.ssgproject.content_profile_{option[1]}")
        if selected - selects(whole, "true") or values(profile) - values(whole):
            sys.exit(f"scap_rules: {name} is not a part of {option[1]}")
    if option and option[0] == "--tailoring":
        ours = profile_of(option[1], f"xccdf_kgnode_profile_{name}")
        if values(ours) or selects(ours, "true"):
            sys.exit(f"scap_rules: the tailoring of {name} does more than take rules out")
        if unknown := selects(ours, "false") - selected:
            sys.exit(f"scap_rules: the tailoring of {name} takes out what is not in it: {' '.join(sorted(unknown))}")
        selected -= selects(ours, "false")
    print("\n".join(sorted(selected)))


main()
