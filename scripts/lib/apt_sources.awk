# SPDX-License-Identifier: MIT
#
# Reads apt's source files and prints their first entry for Debian's own release `codename` (component main),
# with the suite replaced by `suite`. So no mirror is named here: what the machine uses already is used again.
#
#   awk -v codename=bookworm -v suite=bookworm-backports -f apt_sources.awk FILE...
#
# The first line printed is `sources` (deb822 form) or `list` (one-line form), then the entry. Exit 1: none found.

function has_word(words, word,    list, i, n) {
    n = split(words, list, /[ \t]+/)
    for (i = 1; i <= n; i++) if (list[i] == word) return 1
    return 0
}

# A stanza of the deb822 form is complete: print it if it is the one.
function end_of_stanza(    i) {
    if (!found && has_word(field["types"], "deb") && has_word(field["suites"], codename) &&
        has_word(field["components"], "main") && tolower(field["enabled"]) != "no") {
        found = 1
        print "sources"
        for (i = 1; i <= lines; i++) print line[i]
    }
    lines = 0
    split("", field)
}

FNR == 1 { end_of_stanza() }
/^[ \t]*#/ { next }
/^[ \t]*$/ { end_of_stanza(); next }

# One line: deb [options] URI SUITE COMPONENT...
$1 == "deb" {
    text = $0
    options = ""
    if (match(text, /\[[^]]*\]/)) {
        options = substr(text, RSTART, RLENGTH) " "
        text = substr(text, 1, RSTART - 1) substr(text, RSTART + RLENGTH)
        gsub(/arch=[^] \t]*[ \t]*/, "", options)      # every architecture: the arm64 files are fetched with it too
        if (options ~ /^\[[ \t]*\]/) options = ""
    }
    n = split(text, word, /[ \t]+/)
    rest = ""
    for (i = 4; i <= n; i++) rest = rest " " word[i]
    if (!found && word[3] == codename && has_word(rest, "main")) {
        found = 1
        print "list"
        print "deb " options word[2] " " suite " main"
    }
    next
}

# A field of a stanza, or the continuation of one.
/^[^ \t]/ {
    name = tolower($0)
    sub(/:.*/, "", name)
    value = $0
    sub(/^[^:]*:[ \t]*/, "", value)
    field[name] = value
    if (name == "suites") line[++lines] = "Suites: " suite
    else if (name == "components") line[++lines] = "Components: main"
    else if (name != "architectures") line[++lines] = $0
    next
}
{
    field[name] = field[name] " " $0
    if (name != "suites" && name != "components" && name != "architectures") line[++lines] = $0
}

END { end_of_stanza(); exit !found }
