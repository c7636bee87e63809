package patterns_test

import (
	"bufio"
	"cmp"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lockstep-tla/lockstep/conformance"
	"github.com/lockstep-tla/lockstep/conformance/heartbeat"
	"github.com/lockstep-tla/lockstep/conformance/internal/checktest"
	"github.com/lockstep-tla/lockstep/conformance/tlc"
)

// seenModule adds to a model without its VIEW a variable that is the view, and one that is what
// fairness and the properties ask of a state. Each fair action has a name of its own.
const seenModule = `---- MODULE Seen ----
EXTENDS %s
VARIABLES view, asked
Asked == <<%s>>
Sees == view' = Timeless' /\ asked' = Asked'
SeenInit == Init /\ view = Timeless /\ asked = Asked
%s
Others == %s /\ Sees
SeenNext == Others%s
Bounded == %s
InTime == now < %d
====
`

// TestViewLosesNothing: the views of HeartBeat's models are bisimulations. Of any two states
// that TLC takes for one, up to a time, each fair action, and any action, leads to the same
// views. Fairness asks the same of both, and so does Settled. The invariants and the properties
// of steps hold without the view too. Without one of the parts that a model needs, two states
// with one view differ.
func TestViewLosesNothing(t *testing.T) {
	const delivery = `\E x \in messages : x.owed /\ (Ignore(x.m) \/ \E window \in 1 .. Ceiling : Receive(x.m, window))`
	fair := []string{"Calm", `\E d \in 1 .. Leap : Tick(d)`, `\E n \in Sender : Send(n)`, delivery, `\E o \in Watcher : Check(o) \/ Forgive(o)`}
	asked := []string{`calm /\ now - disturbed > Bound`}
	for _, model := range []viewed{
		{
			next: "MayStep", bound: "Two", last: 4, fair: fair, asked: asked,
			needs: []string{"/2", "/4/*", "/5/p", "/6/p", "/9/p/1", "/10/o/1", "/10/o/3/p/heard", "/10/o/3/p/incarnation", "/10/o/3/p/sequence", "/11/*/m/incarnation", "/11/*/m/sequence", "/11/*/owed"},
		},
		{
			name: "Restart", next: "MayStep", bound: "WatcherRestarts", last: 6, fair: fair, asked: asked,
			needs: []string{"/2", "/6/o", "/9/p/1", "/10/o/1", "/10/o/3/p/heard", "/11/*/m/sequence", "/11/*/owed"},
		},
		{
			name: "TimeoutDetector", next: "Next", bound: "Small", last: 4,
			fair:  []string{"Calm", "TimePasses", `\E n \in Sender : Send(n)`, `\E m \in messages : m.by # Never /\ (Receive(m) \/ Ignore(m))`, `\E o \in Watcher : Look(o)`},
			needs: []string{"/2", "/4/p", "/5/p/1", "/6/o/1", "/6/o/2/p/heard", "/6/o/2/p/incarnation", "/6/o/2/p/sequence", "/7/*/by", "/7/*/incarnation", "/7/*/sequence"},
		},
	} {
		t.Run(cmp.Or(model.name, "small"), func(t *testing.T) {
			g := model.graph(t)
			compared, differ, shown := g.compare("")
			t.Logf("%d states with %d views; %d have the view of an earlier one", len(g.states), len(g.views), compared)
			require.NotZero(t, compared)
			require.Zero(t, differ, shown)
			for _, part := range model.needs {
				_, differ, _ := g.compare(part)
				require.NotZero(t, differ, "without %s it is the same", part)
			}
		})
	}
}

type viewed struct {
	name, next, bound string
	last              int
	fair, asked       []string
	needs             []string // parts of the view, each as the path to it
}

// graph is all that the model comes to, without its view, until the time is last. From then on
// there are no steps.
func (m *viewed) graph(t *testing.T) *graph {
	runner := checktest.Runner(t)
	s, err := conformance.Load(heartbeat.Pattern.Spec, heartbeat.Pattern.Library...)
	require.NoError(t, err)
	job, config, err := s.Model(m.name)
	require.NoError(t, err)
	asked, named, next := slices.Clone(m.asked), "", ""
	for i, action := range m.fair {
		asked = append(asked, "ENABLED ("+action+")")
		named += fmt.Sprintf("Fair%d == (%s) /\\ Sees\n", i, action)
		next += fmt.Sprintf(` \/ Fair%d`, i)
	}
	job.Files["Seen.tla"] = fmt.Appendf(nil, seenModule, job.Module, strings.Join(asked, ", "), named, m.next, next, m.bound, m.last)
	file := filepath.Join(t.TempDir(), "graph")
	job.Module, job.Args, job.Reaches = "Seen", []string{"-dump", "dot,actionlabels", file}, nil
	config.Specification, config.Init, config.Next = "", "SeenInit", "SeenNext"
	config.View, config.Constraints, config.IgnoreDeadlock = "", []string{"Bounded"}, true
	config.ActionConstraints = append(config.ActionConstraints, "InTime")
	config.Properties = slices.DeleteFunc(config.Properties, func(p string) bool {
		return p == "TickIsSeen" || s.IsLiveness(p) || strings.HasPrefix(p, "Refines")
	})
	job.Files[job.Config] = []byte(config.String())
	result, err := runner.Run(t.Context(), job)
	require.NoError(t, err)
	require.Equal(t, tlc.OK, result.Outcome, result.Message)
	return readGraph(t, file+".dot", m.last)
}

// graph is what TLC writes of a model.
type graph struct {
	states []*state
	views  []tlc.Value // each once
}

type state struct {
	view  int    // its place in views
	asked string // what fairness and the properties ask
	whole bool   // its steps are there
	steps []step
}

type step struct {
	action string
	view   int // of the state that it leads to
}

var (
	edgeLine  = regexp.MustCompile(`^(-?\d+) -> (-?\d+) \[label="(\w+)"`)
	stateLine = regexp.MustCompile(`^(-?\d+) \[label="(.*)"(?:,style = filled)?\];?$`)
)

func readGraph(t *testing.T, name string, last int) *graph {
	text, err := os.Open(name)
	require.NoError(t, err)
	defer func() { _ = text.Close() }()
	g, byID, views := &graph{}, map[string]*state{}, map[string]int{}
	var edges [][]string
	for lines := bufio.NewReader(text); ; {
		line, err := lines.ReadString('\n')
		if errors.Is(err, io.EOF) {
			break
		}
		require.NoError(t, err)
		line = strings.TrimSuffix(line, "\n")
		if edge := edgeLine.FindStringSubmatch(line); edge != nil {
			edges = append(edges, edge[1:])
		} else if found := stateLine.FindStringSubmatch(line); found != nil && byID[found[1]] == nil {
			vars := map[string]string{}
			for conjunct := range strings.SplitSeq(strings.TrimPrefix(found[2], `/\\ `), `\n/\\ `) {
				name, value, _ := strings.Cut(conjunct, " = ")
				vars[name] = strings.NewReplacer(`\n`, "", `\"`, `"`).Replace(value)
			}
			seen, known := views[vars["view"]]
			if !known {
				value, err := tlc.ParseValue(vars["view"])
				require.NoError(t, err, line)
				seen, views[vars["view"]] = len(g.views), len(g.views)
				g.views = append(g.views, value)
			}
			s := &state{view: seen, asked: vars["asked"], whole: vars["now"] != strconv.Itoa(last)}
			byID[found[1]], g.states = s, append(g.states, s)
		}
	}
	for _, edge := range edges {
		from, to := byID[edge[0]], byID[edge[1]]
		require.NotNil(t, from, edge)
		require.NotNil(t, to, edge)
		from.steps = append(from.steps, step{edge[2], to.view})
	}
	return g
}

// compare counts the states that have the view of an earlier one, and those that differ from it
// in what follows or in what is asked, of which it shows the first. A part of the views may be
// left out.
func (g *graph) compare(without string) (compared, differ int, shown string) {
	texts, numbers, number := make([]string, len(g.views)), map[string]int{}, make([]int, len(g.views))
	for i, view := range g.views {
		texts[i] = render(view, "", without)
		if _, known := numbers[texts[i]]; !known {
			numbers[texts[i]] = i
		}
		number[i] = numbers[texts[i]]
	}
	first, follows := map[int]*state{}, map[int][]step{}
	for _, s := range g.states {
		if !s.whole {
			continue
		}
		var steps []step
		for _, next := range s.steps {
			steps = append(steps, step{next.action, number[next.view]})
		}
		slices.SortFunc(steps, func(a, b step) int { return cmp.Or(cmp.Compare(a.view, b.view), cmp.Compare(a.action, b.action)) })
		steps = slices.Compact(steps)
		same := number[s.view]
		if first[same] == nil {
			first[same], follows[same] = s, steps
			continue
		}
		compared++
		if s.asked != first[same].asked || !slices.Equal(steps, follows[same]) {
			if differ++; differ == 1 {
				shown = fmt.Sprintf("%s\n%s\n%s", texts[same], first[same].asked, s.asked)
				for _, next := range append(follows[same], steps...) {
					if !slices.Contains(follows[same], next) || !slices.Contains(steps, next) {
						shown += "\n" + next.action + " to " + texts[next.view]
					}
				}
			}
		}
	}
	return compared, differ, shown
}

// render writes a value, without the part at a place.
func render(v tlc.Value, at, without string) string {
	var members []string
	switch v := v.(type) {
	case []tlc.Value:
		for i, member := range v {
			members = append(members, render(member, at+"/"+strconv.Itoa(i+1), without))
		}
	case map[string]tlc.Value:
		for _, name := range slices.Sorted(maps.Keys(v)) {
			members = append(members, name+" "+render(v[name], at+"/"+name, without))
		}
	case tlc.Set:
		for _, member := range v {
			members = append(members, render(member, at+"/*", without))
		}
		slices.Sort(members)
		members = slices.Compact(members)
	default:
		if at == without {
			return "_"
		}
		return fmt.Sprint(v)
	}
	return "(" + strings.Join(members, ", ") + ")"
}
