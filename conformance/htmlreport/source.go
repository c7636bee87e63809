package htmlreport

import (
	"fmt"
	"html/template"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/lockstep-tla/lockstep/conformance"
	"github.com/lockstep-tla/lockstep/conformance/internal/report"
)

// module is a module with what was exercised of it, or a Go file.
type module struct {
	Name  string // Buffer, buffer.go
	Lines []sourceLine
}

// File is the name of its file.
func (m module) File() string {
	if strings.HasSuffix(m.Name, ".go") {
		return m.Name
	}
	return m.Name + ".tla"
}

type sourceLine struct {
	ID    string
	Parts []sourcePart
}

// sourcePart is a piece of a line. Its class is "y" where it was exercised, "n"
// where it was not, and "" where that was not asked.
type sourcePart struct{ Class, Text string }

// anchor is the name of a line on the page.
func anchor(pattern, module string, line int) string {
	return fmt.Sprintf("%s-%s-%d", pattern, module, line)
}

// inSource is a place in a module or in a Go file, as texts name it.
var inSource = regexp.MustCompile(`([\w/]+\.(?:tla|go)):(\d+)`)

// Linked returns a text in which each place in a source that the page shows is a link.
func (p *pattern) Linked(text string) template.HTML {
	return template.HTML(inSource.ReplaceAllStringFunc(template.HTMLEscapeString(text), func(place string) string {
		found := inSource.FindStringSubmatch(place)
		line, err := strconv.Atoi(found[2])
		shown := func(m module) bool { return m.File() == found[1] && line >= 1 && line <= len(m.Lines) }
		if err != nil || !slices.ContainsFunc(p.Modules, shown) && !slices.ContainsFunc(p.Files, shown) {
			return place
		}
		return fmt.Sprintf(`<a href="#%s">%s</a>`, template.HTMLEscapeString(anchor(p.Pattern, strings.TrimSuffix(found[1], ".tla"), line)), place)
	}))
}

// inCode is a piece of code in Markdown, and inLink a link.
var (
	inCode = regexp.MustCompile("`([^`]+)`")
	inLink = regexp.MustCompile(`\[([^\]]+)\]\([^)]*\)`)
)

// fromMarkdown is a sentence of a page. Its links would lead from another folder.
func fromMarkdown(sentence string) template.HTML {
	sentence = template.HTMLEscapeString(inLink.ReplaceAllString(sentence, "$1"))
	return template.HTML(inCode.ReplaceAllString(sentence, "<code>$1</code>"))
}

// modules colours the sources of the modules that the actions stand on.
func modules(pattern string, s *conformance.Spec, c *report.Coverage) []module {
	var list []module
	seen := map[string]bool{}
	for _, d := range c.Definitions {
		name := strings.TrimSuffix(d.Place.File, ".tla")
		if !seen[name] {
			seen[name] = true
			list = append(list, module{name, colour(pattern, name, s.Source(name), c)})
		}
	}
	return list
}

func colour(pattern, name, source string, c *report.Coverage) []sourceLine {
	var lines [][]rune
	var class [][]byte
	for text := range strings.SplitSeq(strings.TrimRight(source, "\n"), "\n") {
		lines = append(lines, []rune(text))
		class = append(class, make([]byte, len([]rune(text))))
	}
	// What lies further in comes later in the lists, and is put over the rest.
	paint := func(e report.Exercised, with byte) {
		for n := e.From; n <= e.End.Line && n <= len(lines); n++ {
			from, to := 1, len(lines[n-1])
			if n == e.From {
				from = e.Column
			}
			if n == e.End.Line {
				to = min(to, e.EndColumn)
			}
			for i := from - 1; i < to; i++ {
				class[n-1][i] = with
			}
		}
	}
	for _, list := range [][]report.Exercised{c.Definitions, c.Branches} {
		for _, e := range list {
			switch {
			case e.End.File != name+".tla":
			case !e.Done:
				paint(e, 'n')
			case e.Kind == "definition":
				paint(e, 'y')
			}
		}
	}
	var out []sourceLine
	for n, line := range lines {
		l := sourceLine{ID: anchor(pattern, name, n+1)}
		for i := 0; i < len(line); {
			j := i
			for j < len(line) && class[n][j] == class[n][i] {
				j++
			}
			part := sourcePart{Text: string(line[i:j])}
			if class[n][i] != 0 && strings.TrimSpace(part.Text) != "" {
				part.Class = string(class[n][i : i+1])
			}
			l.Parts = append(l.Parts, part)
			i = j
		}
		out = append(out, l)
	}
	return out
}
