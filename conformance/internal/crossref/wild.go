package crossref

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/lockstep-tla/lockstep/conformance/internal/rules"
	"github.com/lockstep-tla/lockstep/conformance/internal/spec"
)

const wildHeading = "## Seen in the wild"

var breakCommand = regexp.MustCompile("`lockstep break (\\w+) (\\w+)`")

// WildPage returns the text of the page about public bugs with its generated part
// updated: the tables of the patterns' pages under "Seen in the wild", in one.
// page returns the text of a pattern's page.
func WildPage(patterns []Sources, page func(pattern string) (string, error), text string) (string, error) {
	return remade(text, func(what string) (string, error) {
		if what != "wild" {
			return "", fmt.Errorf("%w: the page about public bugs has no part %q", spec.ErrInput, what)
		}
		var out strings.Builder
		out.WriteString("| Pattern | Thread | What went wrong | Shown by |\n|---|---|---|---|\n")
		for _, p := range patterns {
			text, err := page(p.Code.Name)
			if err != nil {
				return "", err
			}
			rows, err := wildRows(p, text)
			if err != nil {
				return "", fmt.Errorf("%s.md%w", p.Code.Name, err)
			}
			for _, row := range rows {
				fmt.Fprintf(&out, "| [%s](%s.md) | %s\n", p.Spec.Name, p.Code.Name, strings.TrimPrefix(row, "| "))
			}
		}
		return out.String(), nil
	})
}

// wildRows lists the rows of the table under "Seen in the wild" of a pattern's page; none
// if it has no such heading. Each row must name at least one rule of the pattern, in the
// form of the command that breaks it.
func wildRows(p Sources, page string) ([]string, error) {
	var rows []string
	var known []string
	all, err := rules.Rules(p.Spec, p.Code)
	if err != nil {
		return nil, fmt.Errorf(": %w", err)
	}
	for _, r := range all {
		known = append(known, r.Name)
	}
	within, number, head := false, 0, 0
	for line := range strings.Lines(page) {
		number++
		line = strings.TrimSpace(line)
		switch {
		case strings.HasPrefix(line, "#"):
			within = line == wildHeading
		case !within || !strings.HasPrefix(line, "|"):
		case head < 2:
			head++
		default:
			if err := wildRow(p.Code.Name, known, line); err != nil {
				return nil, fmt.Errorf(":%d: %w", number, err)
			}
			rows = append(rows, line)
		}
	}
	return rows, nil
}

func wildRow(pattern string, known []string, row string) error {
	if cells := strings.Count(row, "|"); cells != 4 {
		return fmt.Errorf("%w: a row has the thread, what went wrong, and the command that shows it here", spec.ErrInput)
	}
	found := breakCommand.FindAllStringSubmatch(row, -1)
	if len(found) == 0 {
		return fmt.Errorf("%w: the row names no `lockstep break %s RULE`", spec.ErrInput, pattern)
	}
	for _, f := range found {
		if f[1] != pattern || !slices.Contains(known, f[2]) {
			return fmt.Errorf("%w: %s has no rule %s, which %s breaks", spec.ErrInput, pattern, f[2], f[0])
		}
	}
	return nil
}
