package command

import (
	"bytes"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"github.com/lockstep-tla/lockstep/conformance"
	"github.com/lockstep-tla/lockstep/conformance/internal/report"
)

// table shows reports like those of the largest patterns.
func showTable(change func(r *conformance.Report)) []string {
	r := &conformance.Report{Pattern: "singularupdatequeue", Verdict: conformance.Accepted, Seconds: 123.4}
	r.Model = report.ModelReport{Distinct: 11287, Depth: 17, Properties: make([]string, 12), Liveness: make([]string, 2), Refines: []string{"StrictOrderEmbedding", "SerialMap"}}
	r.Explore = report.ExploreReport{Transitions: 26364, Driven: 26364}
	r.Replay = report.ReplayReport{Traces: 76, Accepted: 76, Steps: 15511}
	for range 16 {
		r.Rules = append(r.Rules, &report.Rule{Spec: report.Detected, Code: report.Detected})
	}
	r.Explained = report.ExplainedReport{Rejected: 16, Explained: 16}
	r.Falsified.Made, r.Falsified.Refused, r.Falsified.Equivalent = 3301, 2644, 657
	change(r)
	var out bytes.Buffer
	p := &Program{out: &out}
	p.showReports([]*conformance.Report{r})
	return strings.Split(out.String(), "\n")
}

func TestTableFitsInto120Columns(t *testing.T) {
	for name, change := range map[string]func(*conformance.Report){
		"accepted": func(*conformance.Report) {},
		"cached":   func(r *conformance.Report) { r.Cached = true },
		"rules missed": func(r *conformance.Report) {
			r.Verdict, r.Rules[0].Spec, r.Rules[1].Code, r.Explained.Explained = conformance.Rejected, report.Undetected, report.Undetected, 9
		},
		"steps refused": func(r *conformance.Report) { r.Replay.Accepted = 75 },
	} {
		for _, line := range showTable(change) {
			require.LessOrEqual(t, utf8.RuneCountInString(line), 120, "%s: %s", name, line)
		}
	}
}

func TestTableShowsWhatIsNotAll(t *testing.T) {
	all := strings.Join(showTable(func(*conformance.Report) {}), "\n")
	require.Regexp(t, `singularupdatequeue +accepted +11287, 17 +12 \+ 2 +StrictOrderEmbedding, +26364 +76, 15511 +16 +2644\+657 +123\.4`, all)
	for _, test := range []struct {
		want   string
		change func(*conformance.Report)
	}{
		{`26000/26364`, func(r *conformance.Report) { r.Explore.Driven = 26000 }},
		{`75/76, 15511`, func(r *conformance.Report) { r.Replay.Accepted = 75 }},
		{`15 spec`, func(r *conformance.Report) { r.Rules[0].Spec = report.Undetected }},
		{`15 code`, func(r *conformance.Report) { r.Rules[0].Code = report.Undetected }},
		{`9 named`, func(r *conformance.Report) { r.Explained.Explained = 9 }},
		{`2643\+657/3301`, func(r *conformance.Report) { r.Falsified.Refused-- }},
	} {
		require.Regexp(t, test.want, strings.Join(showTable(test.change), "\n"))
	}
}
