package crossref

import (
	"regexp"
	"strings"
)

var rulesHeading = regexp.MustCompile(`(?m)^## The rules\b.*$`)

// RuleSays returns the sentence, in Markdown, in which the page of a pattern says what a
// rule is; "" if it has none. Under the heading "The rules" it stands in a paragraph that
// begins with **`RULE`: SENTENCE**, or in the second column of a table whose first has
// `RULE`. One paragraph or row may be about several rules.
func RuleSays(page, rule string) string {
	at := rulesHeading.FindStringIndex(page)
	if at == nil {
		return ""
	}
	section, _, _ := strings.Cut(page[at[1]:], "\n## ")
	for paragraph := range strings.SplitSeq(section, "\n\n") {
		bold, found := strings.CutPrefix(strings.TrimSpace(paragraph), "**")
		if sentence, _, ended := strings.Cut(bold, "**"); found && ended {
			if names, says, ok := strings.Cut(sentence, ":"); ok && strings.Contains(names, "`"+rule+"`") {
				return strings.Join(strings.Fields(says), " ")
			}
		}
		for line := range strings.Lines(paragraph) {
			cells := strings.Split(line, "|")
			if len(cells) > 3 && strings.Contains(cells[1], "`"+rule+"`") {
				return strings.TrimSpace(cells[2])
			}
		}
	}
	return ""
}
