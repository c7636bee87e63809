package crossref

import (
	"fmt"
	"path"
	"strings"

	"github.com/lockstep-tla/lockstep/conformance/internal/report"
	"github.com/lockstep-tla/lockstep/conformance/internal/tla"
)

// Markdown writes the cross-reference for a page in docs, with links to the
// files. It omits line numbers, because each change of the sources would make
// them stale.
func Markdown(m *report.CrossReference) string {
	var b strings.Builder
	spec := func(at report.Place) string {
		if at.File == m.Spec+".tla" {
			return ""
		}
		return fmt.Sprintf(" in [%s](../specs/%s/%s)", strings.TrimSuffix(at.File, ".tla"), m.Pattern, at.File)
	}
	in := func(at report.Place, environment bool) string {
		if dir, file := path.Split(at.File); environment && dir != "" {
			return fmt.Sprintf("[%s](../conformance/%s)", file, at.File)
		}
		return fmt.Sprintf("[%s](../impl/%s/%s)", at.File, path.Base(m.Package), at.File)
	}
	functions := func(list []report.Function, environment bool) string {
		var parts []string
		for _, c := range list {
			parts = append(parts, fmt.Sprintf("`%s` in %s", c.Name, in(c.Place, environment)))
		}
		return strings.Join(parts, ", ")
	}
	b.WriteString("| Step | In the spec | In the code |\n|---|---|---|\n")
	for _, s := range m.Steps {
		what := functions(s.Code, s.Environment)
		if s.Environment {
			what = "not its doing; recorded by " + what
		}
		if s.Reason != "" {
			what = strings.TrimPrefix(what+"; "+s.Reason, "; ")
		}
		fmt.Fprintf(&b, "| `%s` | `%s`%s | %s |\n", s.Step, cell(s.Action), spec(s.Place), what)
	}
	if len(m.Rules) > 0 {
		b.WriteString("\n| Rule | In the spec | In the code |\n|---|---|---|\n")
		for _, r := range m.Rules {
			fmt.Fprintf(&b, "| `%s` | `%s` | %s |\n", r.Rule, cell(tla.Clipped(r.Text)), functions(r.Code, false))
		}
	}
	b.WriteString("\n| Field of the view | In the spec | In the code |\n|---|---|---|\n")
	for _, f := range m.Fields {
		fmt.Fprintf(&b, "| `%s` | `%s` | `%s` |\n", f.Field, cell(tla.Clipped(f.Spec)), cell(tla.Clipped(f.Code)))
	}
	only := func(title string, list []report.OneSided) {
		if len(list) == 0 {
			return
		}
		fmt.Fprintf(&b, "\n| Only in the %s | What it is |\n|---|---|\n", title)
		for _, o := range list {
			fmt.Fprintf(&b, "| `%s` | %s |\n", o.Name, cell(o.Reason))
		}
	}
	only("spec", m.SpecOnly)
	only("code", m.CodeOnly)
	return b.String()
}

// cell prepares a text for a table cell in Markdown.
func cell(s string) string {
	return strings.ReplaceAll(strings.Join(strings.Fields(s), " "), "|", `\|`)
}
