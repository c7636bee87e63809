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

var (
	breakCommand = regexp.MustCompile("`lockstep break (\\w+) (\\w+)`")
	modelCommand = regexp.MustCompile("`lockstep tlc (\\w+) -model (\\w+)`")
)

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
// form of the command that breaks it, or a model that shows what the spec cannot promise.
func wildRows(p Sources, page string) ([]string, error) {
	var rows []string
	known, err := knownToWild(p)
	if err != nil {
		return nil, fmt.Errorf(": %w", err)
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
			if err := known.row(p.Code.Name, line); err != nil {
				return nil, fmt.Errorf(":%d: %w", number, err)
			}
			rows = append(rows, line)
		}
	}
	return rows, nil
}

// wildKnown has the names that a row may use.
type wildKnown struct{ rules, models []string }

func knownToWild(p Sources) (known wildKnown, err error) {
	all, err := rules.Rules(p.Spec, p.Code)
	if err != nil {
		return known, err
	}
	for _, r := range all {
		known.rules = append(known.rules, r.Name)
	}
	violated, err := p.Spec.KnownViolations()
	for _, v := range violated {
		known.models = append(known.models, v.Name)
	}
	return known, err
}

func (known wildKnown) row(pattern, row string) error {
	if cells := strings.Count(row, "|"); cells != 4 {
		return fmt.Errorf("%w: a row has the thread, what went wrong, and the command that shows it here", spec.ErrInput)
	}
	breaks, models := breakCommand.FindAllStringSubmatch(row, -1), modelCommand.FindAllStringSubmatch(row, -1)
	if len(breaks)+len(models) == 0 {
		return fmt.Errorf("%w: the row names no `lockstep break %s RULE`", spec.ErrInput, pattern)
	}
	for _, f := range breaks {
		if f[1] != pattern || !slices.Contains(known.rules, f[2]) {
			return fmt.Errorf("%w: %s has no rule %s, which %s breaks", spec.ErrInput, pattern, f[2], f[0])
		}
	}
	for _, f := range models {
		if f[1] != pattern || !slices.Contains(known.models, f[2]) {
			return fmt.Errorf("%w: %s has no model %s whose property is to be violated, as %s says", spec.ErrInput, pattern, f[2], f[0])
		}
	}
	return nil
}
