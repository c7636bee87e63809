package rules_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lockstep-tla/lockstep/conformance"
	"github.com/lockstep-tla/lockstep/conformance/internal/checktest"
	"github.com/lockstep-tla/lockstep/conformance/internal/explain"
	"github.com/lockstep-tla/lockstep/conformance/internal/report"
	"github.com/lockstep-tla/lockstep/conformance/internal/rules"
	"github.com/lockstep-tla/lockstep/conformance/internal/run"
	"github.com/lockstep-tla/lockstep/conformance/internal/spec"
	"github.com/lockstep-tla/lockstep/conformance/testdata/buffer"
)

// broken is a replacement for the buffer's rule.
func broken(expect, body string) *fstest.MapFile {
	return &fstest.MapFile{Data: []byte("//go:build ignore\n\n// It is left out.\n//\n// expect: " + expect +
		"\npackage buffer\n\nimport \"os\"\n\nvar _ = os.Args\n\nfunc (b *Buffer) HasRoom() bool { " + body + " }\n")}
}

// breakBuffer breaks HasRoom of the buffer in the given way, in the code alone.
func breakBuffer(t *testing.T, files fstest.MapFS) []*report.Rule {
	t.Helper()
	p := buffer.Pattern
	p.Broken = files
	b := conformance.NewBreaker("github.com/lockstep-tla/lockstep/conformance/testdata/buffer/cmd", &p)
	defer b.Close()
	from := checktest.Sources(t, &p)
	broken, err := rules.Break(t.Context(), checktest.Runner(t), from.Spec, from.Code, b, "")
	require.NoError(t, err)
	return broken
}

// TestDefinitionIsThatOfTheSpecItself has a spec beside it that defines the same name,
// in a file that comes first.
func TestDefinitionIsThatOfTheSpecItself(t *testing.T) {
	s := checktest.BufferSpec(t)
	place, text := rules.Definition(s, "Put")
	require.NotEmpty(t, text)

	files := maps.Clone(s.Files)
	files["Abstract.tla"] = []byte("---- MODULE Abstract ----\nPut == TRUE\n====\n")
	again, same := rules.Definition(s.With(files), "Put")
	require.Equal(t, []string{place, text}, []string{again, same})
}

// TestRuleIsCaughtForTheRightReason breaks one rule in ways that must be told
// apart: as expected, elsewhere, not at all, and by a death.
func TestRuleIsCaughtForTheRightReason(t *testing.T) {
	for _, c := range []struct {
		expect, body string
		want         report.Detection
		says         string
	}{
		{"refused at Put (guard)", "return true", report.Detected, ""},
		{"refused at Get (state), Put (guard)", "return true", report.Detected, ""},
		{"refused at Put (state)", "return true", report.WrongReason, "expected was refused at Put (state)"},
		{"refused at Get (guard)", "return true", report.WrongReason, "rejected at step"},
		{"refused at Put (guard)", "return len(b.items) < 2", report.Undetected, "all 4 traces of the code without it were accepted"},
		{"refused at Put (guard)", "return len(b.items) < 1", report.Undetected, "accepted"},
		{"explored at Put (guard)", "return len(b.items) < 1", report.Detected, ""},
		{"explored at Get (guard)", "return len(b.items) < 1", report.WrongReason, "explored: Put"},
		{"refused at Put (guard)", `panic("no")`, report.Undetected, "its runs:"},
	} {
		rules := breakBuffer(t, fstest.MapFS{"HasRoom.go": broken(c.expect, c.body)})
		require.Len(t, rules, 1)
		require.Equal(t, c.want, rules[0].Code, "%s: %s", c.body, rules[0].Message)
		require.Contains(t, rules[0].Message, c.says)
		require.Equal(t, report.Detected, rules[0].Spec)
	}
}

// TestBrokenCodeCannotFillTheDisk has code without its rule write a file without
// end: the run ends with an error of its own, and the other traces still count.
func TestBrokenCodeCannotFillTheDisk(t *testing.T) {
	rules := breakBuffer(t, fstest.MapFS{"HasRoom.go": broken("refused at Put (guard)", `
	if len(b.items) < 2 {
		return true
	}
	file, err := os.CreateTemp("", "endless")
	for block := make([]byte, 8<<20); err == nil; {
		_, err = file.Write(block)
	}
	panic(err)`)})
	require.Len(t, rules, 1)
	require.Contains(t, rules[0].Message, "file too large")
}

func TestRuleMustBeBrokenOnBothSides(t *testing.T) {
	rules := breakBuffer(t, fstest.MapFS{"Other.go": broken("refused at Put (guard)", "return true")})
	require.Len(t, rules, 2)
	require.Equal(t, []string{"HasRoom", "Other"}, []string{rules[0].Name, rules[1].Name})
	require.Equal(t, report.Undetected, rules[0].Code)
	require.Contains(t, rules[0].Message, "there is no broken/HasRoom.go")
	require.Equal(t, report.Undetected, rules[1].Spec)
	require.Contains(t, rules[1].Message, "there is no broken/Other.cfg")
}

func TestBadBrokenRules(t *testing.T) {
	for source, says := range map[string]string{
		"package buffer\n": "HasRoom.go: the comment needs a line `expect: refused at STEP (guard|state|invariant)`",
		"// It.\n//\n// expect: refused at Put\npackage buffer\n":                                                       "found \"Put\"",
		"// It.\n//\n// expect: refused at Put (guard)\npackage buffer\n\nfunc HasNone() bool { return 1 }":             "HasRoom.go replaces HasNone, and the code has no such function",
		"// It.\n//\n// expect: refused at Put (guard)\npackage buffer\n\nfunc (b *Buffer) HasRoom() bool { return 1 }": "does not build",
	} {
		p := buffer.Pattern
		p.Broken = fstest.MapFS{"HasRoom.go": &fstest.MapFile{Data: []byte(source)}}
		b := conformance.NewBreaker("github.com/lockstep-tla/lockstep/conformance/testdata/buffer/cmd", &p)
		from := checktest.Sources(t, &p)
		_, err := rules.Break(t.Context(), checktest.Runner(t), from.Spec, from.Code, b, "")
		require.ErrorContains(t, err, says)
		require.NoError(t, b.Close())
	}
}

// TestSpecRuleMustViolateWhatItSays changes what the broken model announces.
func TestSpecRuleMustViolateWhatItSays(t *testing.T) {
	c := checktest.Runner(t)
	for _, test := range []struct {
		from, to string
		want     report.Detection
	}{
		{"violates Bounded", "violates Bounded", report.Detected},
		{"violates Bounded", "violates Ordered", report.WrongReason},
		{"HasRoom <- AlwaysRoom", "", report.Undetected},
	} {
		dir := t.TempDir()
		require.NoError(t, os.CopyFS(dir, os.DirFS("../../testdata/buffer/spec")))
		source, err := os.ReadFile(dir + "/broken/HasRoom.cfg")
		require.NoError(t, err)
		require.NoError(t, os.WriteFile(dir+"/broken/HasRoom.cfg", []byte(strings.Replace(string(source), test.from, test.to, 1)), 0o644))
		s, err := spec.Load(os.DirFS(dir))
		require.NoError(t, err)
		var rule report.Rule
		require.NoError(t, rules.BreakSpec(t.Context(), c, s, "HasRoom", &rule))
		require.Equal(t, test.want, rule.Spec, rule.Message)
	}
}

// TestConsequence: the counterexample goes on until the consequence falls, which must
// fall as well. Where that comes later, one run of TLC finds both.
func TestConsequence(t *testing.T) {
	c := checktest.Runner(t)
	for _, test := range []struct {
		consequence, says string
		want              report.Detection
		steps, runs       int
	}{
		{"INVARIANT Bounded", "", report.Detected, 4, 1},
		{"INVARIANT NeverFive", "", report.Detected, 6, 1},
		{"PROPERTY NeverShrinks", "", report.Detected, 3, 3}, // falls earlier
		{"INVARIANT NeverTen", "without it the spec still has NeverTen; broken/HasRoom.cfg:2: Bounded falls, and the consequence NeverTen does not follow", report.Undetected, 0, 3},
	} {
		c.Stats = &run.Stats{}
		folder := checktest.Rewritten(t, os.DirFS("../../testdata/buffer/spec"),
			"broken/HasRoom.cfg", "violates Bounded\n", "violates Bounded\n\\* consequence: "+test.consequence+"\n",
			"BufferBroken.tla", "AlwaysRoom", "Any(m) == TRUE \\* as in the module TLC\nNeverFive == Len(buffer) < 5\nNeverTen == Len(buffer) < 10\n"+
				"NeverShrinks == [][Len(buffer') >= Len(buffer)]_vars\nAlwaysRoom")
		s, err := spec.Load(folder)
		require.NoError(t, err)
		rule := report.Rule{Name: "HasRoom"}
		require.NoError(t, rules.BreakSpec(t.Context(), c, s, "HasRoom", &rule))
		require.Equal(t, test.want, rule.Spec, rule.Message)
		require.Equal(t, "Bounded", rule.Violates)
		require.Equal(t, test.says, rule.Message)
		require.Regexp(t, fmt.Sprintf(`broken spec +%d `, test.runs), c.Stats.String(), test.consequence)
		if test.want != report.Detected {
			continue
		}
		_, name, _ := strings.Cut(test.consequence, " ")
		require.Equal(t, name, rule.Falls())
		require.Equal(t, name, rule.Consequence)
		require.Equal(t, name != "Bounded", rule.FallsLater() == name)
		require.Len(t, rule.Counterexample, test.steps)
		explained, err := explain.ExplainCounterexample(t.Context(), c, s, rule.Name, rule.Falls(), rule.Counterexample, rule.Loop)
		require.NoError(t, err)
		if name == "NeverFive" {
			require.Contains(t, explained.Why.Summary, "NeverFive: Len(buffer) < 5 is FALSE: Len(buffer) = 5")
		}
	}
}

// TestBreakEndsWhole cancels a check of broken rules while the program is
// built, and while code runs that never ends: no process and no file stays.
func TestBreakEndsWhole(t *testing.T) {
	c := checktest.Runner(t)
	for _, until := range []string{"lockstep-broken-*/go-build*", "lockstep-rules-*/HasRoom/random-1.ndjson"} {
		tmp := t.TempDir()
		t.Setenv("TMPDIR", tmp)
		p := buffer.Pattern
		p.Broken = fstest.MapFS{"HasRoom.go": broken("refused at Put (guard)", "for { }")}
		b := conformance.NewBreaker("github.com/lockstep-tla/lockstep/conformance/testdata/buffer/cmd", &p)
		ctx, cancel := context.WithCancelCause(t.Context())
		enough, ended := errors.New("enough"), make(chan error)
		go func() {
			from := checktest.Sources(t, &p)
			_, err := rules.Break(ctx, c, from.Spec, from.Code, b, "")
			ended <- err
		}()
		require.Eventually(t, func() bool {
			found, _ := filepath.Glob(filepath.Join(tmp, until))
			return len(found) > 0
		}, 30*time.Second, time.Millisecond, until)
		cancel(enough)
		require.ErrorIs(t, <-ended, enough)
		require.NoError(t, b.Close())
		require.Empty(t, processesOf(tmp))
		left, err := os.ReadDir(tmp)
		require.NoError(t, err)
		require.Empty(t, left)
	}
}

// processesOf lists the processes that the folder for temporary files tells.
func processesOf(tmp string) []string {
	var found []string
	paths, _ := filepath.Glob("/proc/[0-9]*/environ")
	for _, path := range paths {
		if env, err := os.ReadFile(path); err == nil && strings.Contains(string(env), "TMPDIR="+tmp) {
			found = append(found, path)
		}
	}
	return found
}

// TestExploreOfBrokenCodeWithoutVerdict: a time-out is no verdict there, too.
func TestExploreOfBrokenCodeWithoutVerdict(t *testing.T) {
	p := buffer.Pattern
	p.Broken = fstest.MapFS{"HasRoom.go": broken("explored at Put (guard)", "return len(b.items) < 1")}
	b := conformance.NewBreaker("github.com/lockstep-tla/lockstep/conformance/testdata/buffer/cmd", &p)
	defer b.Close()
	c := checktest.Runner(t)
	c.TLC.Jar += ".gone"
	rule := &report.Rule{Name: "HasRoom"}
	require.NoError(t, rules.ExploreBroken(t.Context(), c, checktest.Sources(t, &p).Code, b, rule))
	require.Equal(t, report.DetectionUnknown, rule.Code)
	require.Contains(t, rule.Message, "its exploration:")
}
