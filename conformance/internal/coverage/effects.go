package coverage

import (
	"fmt"
	"strings"

	"github.com/lockstep-tla/lockstep/conformance/internal/analysis"
	"github.com/lockstep-tla/lockstep/conformance/internal/report"
)

// putEffects puts a mark behind each step of the Steps module for each variable that
// the step assigns; it says that the variable has another value after the step. The
// numbers of these marks follow the given one. A variable that a step never changes
// was not tested there: a reset to the value that it has anyway shows nothing.
func putEffects(m *analysis.Module, number int) []report.Exercised {
	var effects []report.Exercised
	numbers := map[[2]string]int{}
	for _, site := range m.Sites {
		if !m.Sources.Has(site.Action.At) {
			continue
		}
		var marks strings.Builder
		for _, a := range m.Assigned(site.Action) {
			key := [2]string{site.Step, a.Variable}
			if numbers[key] == 0 {
				one := markable("effect", a.Variable, site.Step, a.At)
				effects = append(effects, one)
				numbers[key] = number + len(effects)
			}
			fmt.Fprintf(&marks, " /\\ (IF %[1]s' # %[1]s THEN CoverMark(%[2]d) ELSE TRUE)", a.Variable, numbers[key])
		}
		if marks.Len() == 0 {
			continue
		}
		at := site.Action.At
		m.Sources.Before(at.Module, at.Line, at.Column, strings.Repeat(" ", at.Column-1)+"((")
		m.Sources.After(at, strings.Repeat(" ", at.Column-1)+")"+marks.String()+")")
	}
	return effects
}
