package explain

import (
	"maps"

	"github.com/lockstep-tla/lockstep/conformance/internal/report"
	"github.com/lockstep-tla/lockstep/conformance/internal/tla"
	"github.com/lockstep-tla/lockstep/trace"
)

// insideOf returns the place in which two records differ, as deep as it can be
// told. It returns nil if they are no records, or differ in several fields.
func insideOf(expected, logged trace.Value) *report.FieldDifference {
	e, isRecord := expected.(map[string]trace.Value)
	l, both := logged.(map[string]trace.Value)
	if !isRecord || !both {
		return nil
	}
	names := map[string]trace.Value{}
	maps.Copy(names, e)
	maps.Copy(names, l)
	var found *report.FieldDifference
	for _, name := range tla.SortedKeys(names) {
		w, inSpec := e[name]
		g, inCode := l[name]
		if inSpec && inCode && tla.Equal(w, g) {
			continue
		}
		if found != nil {
			return nil
		}
		found = &report.FieldDifference{Field: name}
		if inSpec {
			found.Expected = tla.Text(w)
		}
		if inCode {
			found.Logged = tla.Text(g)
		}
		if deeper := insideOf(w, g); deeper != nil {
			deeper.Field = name + "." + deeper.Field
			found = deeper
		}
	}
	return found
}
