package crossref

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/lockstep-tla/lockstep/conformance/internal/report"
	"github.com/lockstep-tla/lockstep/conformance/internal/rules"
	"github.com/lockstep-tla/lockstep/conformance/internal/run"
	"github.com/lockstep-tla/lockstep/conformance/internal/spec"
	"github.com/lockstep-tla/lockstep/trace"
)

// Recorded is a trace of the code, and what records it.
type Recorded struct {
	*trace.Trace
	Command string
}

// stepRegion shows one step in three columns: the action, the method, and a line of a
// trace.
func stepRegion(ctx context.Context, c *run.Runner, from Sources, step string) (string, error) {
	m, err := Make(ctx, c, from)
	if err != nil {
		return "", err
	}
	at := slices.IndexFunc(m.Steps, func(r report.StepRow) bool { return r.Step == step })
	if at < 0 || len(m.Steps[at].Code) == 0 || m.Steps[at].Environment {
		return "", fmt.Errorf("%w: the page of %s shows the step %q, which spec and code do not share", spec.ErrInput, from.Code.Name, step)
	}
	action, _, _ := strings.Cut(m.Steps[at].Action, "(")
	inSpec, definition := rules.Definition(from.Spec, action)
	dir, err := rules.PackageDir(ctx, from.Code.Package)
	if err != nil {
		return "", err
	}
	places, texts, err := rules.Functions(dir)
	if err != nil {
		return "", err
	}
	method := m.Steps[at].Code[0].Name
	recorded, number, line, err := recordedStep(ctx, from, step)
	if err != nil {
		return "", err
	}
	if definition == "" || texts[method] == "" {
		return "", fmt.Errorf("%w: the page of %s shows the step %q, whose definition or method is not found", spec.ErrInput, from.Code.Name, step)
	}
	var b strings.Builder
	head := func(name, folder, place string) {
		file, row, _ := strings.Cut(place, ":")
		fmt.Fprintf(&b, "<th><a href=\"../%s/%s/%s#L%s\">%s</a></th>", folder, from.Code.Name, file, row, name)
	}
	cell := func(language, text string) {
		fmt.Fprintf(&b, "<td valign=\"top\">\n\n```%s\n%s\n```\n\n</td>", language, text)
	}
	b.WriteString("<table>\n<tr>")
	head(action+", the action", "specs", inSpec)
	head(method+", the method", "impl", places[method])
	fmt.Fprintf(&b, "<th>step %d of <code>%s</code></th></tr>\n<tr>", number, recorded.Command)
	cell("tla", definition)
	cell("go", strings.ReplaceAll(texts[method], "\t", "  "))
	cell("json", line)
	b.WriteString("</tr>\n</table>\n")
	return b.String(), nil
}

// recordedStep finds the first such step in the traces, and writes its line over several
// lines.
func recordedStep(ctx context.Context, from Sources, step string) (recorded Recorded, number int, line string, err error) {
	if from.Traces == nil {
		return recorded, 0, "", fmt.Errorf("%w: the page of %s shows the step %q, and there are no traces", spec.ErrInput, from.Code.Name, step)
	}
	for recorded, err := range from.Traces(ctx) {
		if err != nil {
			return recorded, 0, "", err
		}
		for i, e := range recorded.Events {
			if e.Step != step {
				continue
			}
			plain, err := json.Marshal(struct {
				Step  string                 `json:"step"`
				Args  map[string]trace.Value `json:"args"`
				State map[string]trace.Value `json:"state"`
			}{e.Step, e.Args, e.State})
			if err != nil {
				return recorded, 0, "", err
			}
			var out bytes.Buffer
			err = json.Indent(&out, plain, "", "  ")
			return recorded, i + 1, out.String(), err
		}
	}
	return recorded, 0, "", fmt.Errorf("%w: the page of %s shows the step %q, which no trace has", spec.ErrInput, from.Code.Name, step)
}
