package command_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lockstep-tla/lockstep/conformance"
	"github.com/lockstep-tla/lockstep/conformance/command"
	"github.com/lockstep-tla/lockstep/conformance/internal/report"
	"github.com/lockstep-tla/lockstep/conformance/testdata/buffer"
)

// program is the lockstep command of the buffer in conformance/testdata, built
// once for all tests.
var program string

func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "lockstep-command-test-")
	if err != nil {
		panic(err)
	}
	program = filepath.Join(dir, "lockstep")
	out, err := exec.Command("go", "build", "-o", program, "../testdata/buffer/cmd").CombinedOutput()
	if err != nil {
		fmt.Fprintf(os.Stderr, "%s", out)
		os.Exit(1)
	}
	code := m.Run()
	_ = os.RemoveAll(dir)
	os.Exit(code)
}

// result is what one run of the command said.
type result struct {
	code     int
	out, err string
}

func lockstep(t *testing.T, env []string, args ...string) result {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), program, args...)
	cmd.Env = append(os.Environ(), env...)
	var out, err bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &err
	_ = cmd.Run()
	return result{cmd.ProcessState.ExitCode(), out.String(), err.String()}
}

func needsTLC(t *testing.T) {
	t.Helper()
	if testing.Short() {
		t.Skip("needs Java and TLC")
	}
}

const (
	header = `{"lockstep":1,"spec":"Buffer","scenario":"test","seed":1,"constants":{}}` + "\n"
	put    = `{"step":"Put","args":{"item":"x","node":"buffer"},"state":{"last":"x","length":1}}` + "\n"
	get    = `{"step":"Get","args":{"item":"x","node":"buffer"},"state":{"last":"none","length":0}}` + "\n"
)

func file(t *testing.T, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "trace.ndjson")
	require.NoError(t, os.WriteFile(path, []byte(content), 0o644))
	return path
}

// TestBadTraces holds what a user is told about a trace that cannot be one of
// this spec: the file, the line, what is wrong, and exit code 2; and about one
// that is refused: 1.
func TestBadTraces(t *testing.T) {
	needsTLC(t)
	for _, c := range []struct {
		name, content string
		code          int
		says          string
	}{
		{"good", header + put + get + `{"end":2}` + "\n", 0, "accepted, 2 steps"},
		{"no file", "", 2, "expected the header"},
		{"no trailer", header + put, 2, ":3:1: expected a step or the trailer"},
		{"cut line", header + put[:30], 2, "the line is cut"},
		{"wrong count", header + put + `{"end":2}` + "\n", 2, ":3:"},
		{"no step", header + `{"end":0}` + "\n", 2, "the trace holds no step"},
		{"unknown step", header + strings.Replace(put, `"Put"`, `"Push"`, 1) + `{"end":1}` + "\n", 2, `:2: unknown step "Push"; BufferSteps.tla names Get, Put`},
		{"missing argument", header + strings.Replace(put, `"item":"x",`, "", 1) + `{"end":1}` + "\n", 2, `:2: step Put lacks its argument "item"`},
		{"superfluous argument", header + strings.Replace(put, `"item":"x",`, `"item":"x","at":1,`, 1) + `{"end":1}` + "\n", 2, `:2: step Put has no argument "at"`},
		{"missing field", header + strings.Replace(put, `,"length":1`, "", 1) + `{"end":1}` + "\n", 1, `:2: rejected at step 1, Put (state): length is missing, the spec has 1`},
		{"superfluous field", header + strings.Replace(put, `,"length":1`, `,"length":1,"size":1`, 1) + `{"end":1}` + "\n", 1, `size = 1 is not in the spec's view`},
		{"2^31", header + strings.Replace(put, `"length":1`, `"length":2147483648`, 1) + `{"end":1}` + "\n", 2, "2147483648"},
		{"null", header + strings.Replace(put, `"length":1`, `"length":null`, 1) + `{"end":1}` + "\n", 2, "null"},
		{"unknown constant", strings.Replace(header, `{}`, `{"Size":3}`, 1) + put + `{"end":1}` + "\n", 2, `unknown constant "Size"; BufferSteps.cfg has Item, Capacity`},
		{"another spec", strings.Replace(header, "Buffer", "Queue", 1) + put + `{"end":1}` + "\n", 2, `this is a trace of the spec "Queue"; it is held against Buffer`},
		{"refused", header + get + `{"end":1}` + "\n", 1, ":2: rejected at step 1, Get (guard)"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			r := lockstep(t, nil, "replay", "-pattern", "buffer", file(t, c.content))
			require.Equal(t, c.code, r.code, "%s%s", r.out, r.err)
			require.Contains(t, r.out+r.err, c.says)
		})
	}
}

// TestOneBadFileKeepsTheOthersVerdict also shows -json and -steps.
func TestOneBadFileKeepsTheOthersVerdict(t *testing.T) {
	needsTLC(t)
	good, refused, cut := file(t, header+put+`{"end":1}`+"\n"), file(t, header+get+`{"end":1}`+"\n"), file(t, header+put)
	r := lockstep(t, nil, "replay", "-json", "-steps", "../testdata/buffer/spec", good, refused, cut)
	require.Equal(t, 2, r.code, r.err)
	require.Contains(t, r.err, "trailer")
	var said struct {
		Traces []struct {
			File, Outcome, Reason string
			Step                  int
		}
	}
	require.NoError(t, json.Unmarshal([]byte(r.out), &said))
	require.Len(t, said.Traces, 2)
	require.Equal(t, "accepted", said.Traces[0].Outcome)
	require.Equal(t, refused, said.Traces[1].File)
	require.Equal(t, "guard", said.Traces[1].Reason)
}

func TestBadSpecs(t *testing.T) {
	needsTLC(t)
	trace := file(t, header+put+`{"end":1}`+"\n")
	for _, c := range []struct{ name, module, from, to, says string }{
		{"no View", "BufferSteps.tla", "View(node)", "Vista(node)", "BufferSteps.tla: View is defined neither here nor in a module of this folder"},
		{"does not parse", "Buffer.tla", "Next ==", "Next = =", "Buffer.tla:22:1: Parse Error"},
		{"unknown symbol", "Buffer.tla", "item = Head(buffer)", "item = Hat(buffer)", "Hat"},
		{"no such module", "Buffer.tla", "EXTENDS Naturals", "EXTENDS Naturalz", "Buffer.tla: there is no module Naturalz, which it extends"},
		{"another name", "Buffer.tla", "MODULE Buffer", "MODULE Buffers", "Buffer.tla: the module in it is called Buffers"},
		{"no Steps module", "BufferSteps.tla", "", "", "the folder must hold one module XSteps.tla"},
		{"bad cfg", "BufferSteps.cfg", "CONSTANTS", "CONSTANTS =", "BufferSteps.cfg:1:"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			require.NoError(t, os.CopyFS(dir, os.DirFS("../testdata/buffer/spec")))
			path := filepath.Join(dir, c.module)
			source, err := os.ReadFile(path)
			require.NoError(t, err)
			if c.from == "" {
				require.NoError(t, os.Remove(path))
			} else {
				changed := strings.Replace(string(source), c.from, c.to, 1)
				require.NotEqual(t, string(source), changed)
				require.NoError(t, os.WriteFile(path, []byte(changed), 0o644))
			}
			r := lockstep(t, nil, "replay", "-steps", dir, trace)
			require.Equal(t, 2, r.code, "%s%s", r.out, r.err)
			require.Contains(t, r.err, c.says)
		})
	}
}

func TestBadUsage(t *testing.T) {
	for _, c := range []struct {
		args []string
		says string
	}{
		{[]string{"chekc"}, `there is no command "chekc"`},
		{[]string{"check", "bufer"}, `there is no pattern "bufer"; there are: buffer`},
		{[]string{"check", "-jsno"}, "jsno"},
		{[]string{"replay", "x"}, "give either -pattern or -steps"},
		{[]string{"replay", "-pattern", "buffer"}, "replay needs at least one trace"},
		{[]string{"record"}, "record needs the name of a pattern"},
		{[]string{"record", "buffer", "-scenario", "x"}, `buffer has no scenario "x"; it has: random, killed`},
		{[]string{"record", "buffer", "-o", "/dev/null/trace"}, "/dev/null/trace"},
		{[]string{"replay", "-pattern", "buffer", "no/such/file"}, "no/such/file"},
		{[]string{"mutate"}, "mutate needs the name of a pattern"},
		{[]string{"mutate", "buffer", "-n", "-1"}, "-n must not be negative"},
		{[]string{"mutate", "buffer", "-model", "Buffer"}, `there is no abstract spec "Buffer"`},
		{[]string{"mutate", "buffer", "-side", "code", "-model", "Buffer"}, "has no code to mutate"},
		{[]string{"mutate", "buffer", "-side", "both"}, `-side is spec or code, not "both"`},
	} {
		r := lockstep(t, nil, c.args...)
		require.Equal(t, 2, r.code, "%v: %s%s", c.args, r.out, r.err)
		require.Contains(t, r.err, c.says)
	}
}

// TestCheckOfNothing: a program without patterns has nothing in step.
func TestCheckOfNothing(t *testing.T) {
	var out, err bytes.Buffer
	require.Equal(t, 2, command.Program{}.Run(t.Context(), []string{"lockstep", "check"}, &out, &err))
	require.Contains(t, err.String(), "there is no pattern to check")
	require.Empty(t, out.String())
}

// TestNoVerdictWithoutTLC: what cannot be checked is neither accepted nor
// rejected.
func TestNoVerdictWithoutTLC(t *testing.T) {
	trace := file(t, header+put+`{"end":1}`+"\n")
	damaged := filepath.Join(t.TempDir(), "tla2tools.jar")
	require.NoError(t, os.WriteFile(damaged, []byte("no jar"), 0o644))
	for _, c := range []struct {
		name string
		env  []string
		says string
	}{
		{"no Java", []string{"PATH=/nowhere", "JAVA_HOME="}, "no Java 11 or later"},
		{"no jar", []string{"TLA2TOOLS_JAR=/nowhere/tla2tools.jar"}, "/nowhere/tla2tools.jar"},
		{"damaged jar", []string{"TLA2TOOLS_JAR=" + damaged}, damaged},
	} {
		r := lockstep(t, c.env, "replay", "-pattern", "buffer", trace)
		require.Equal(t, 3, r.code, "%s: %s%s", c.name, r.out, r.err)
		require.Contains(t, r.err, c.says, c.name)
	}
	needsTLC(t)
	// What TLC has said before of the same trace would be said again.
	r := lockstep(t, []string{"LOCKSTEP_STORE=off"}, "replay", "-pattern", "buffer", "-timeout", "1ms", trace)
	require.Equal(t, 3, r.code, "%s%s", r.out, r.err)
	require.Contains(t, r.out, "unknown: timed out")
}

func TestRecordWritesWhatReplayAccepts(t *testing.T) {
	needsTLC(t)
	var files []string
	for _, scenario := range []string{"random", "killed"} {
		path := filepath.Join(t.TempDir(), scenario)
		r := lockstep(t, nil, "record", "buffer", "-scenario", scenario, "-seed", "7", "-o", path)
		require.Zero(t, r.code, r.err)
		files = append(files, path)
	}
	r := lockstep(t, nil, append([]string{"replay", "-pattern", "buffer"}, files...)...)
	require.Zero(t, r.code, "%s%s", r.out, r.err)
	again := lockstep(t, nil, "record", "buffer", "-seed", "7")
	first, err := os.ReadFile(files[0])
	require.NoError(t, err)
	require.Equal(t, string(first), again.out, "the same seed gives the same trace")
}

func TestTLC(t *testing.T) {
	needsTLC(t)
	for model, says := range map[string]string{
		"":        "As expected: ok, 7 distinct states, depth 3.",
		"HasRoom": "As expected: invariant violated: Bounded.",
	} {
		r := lockstep(t, nil, "tlc", "buffer", "-model", model, "--", "-coverage", "1")
		require.Zero(t, r.code, "%s%s", r.out, r.err)
		require.Contains(t, r.out, says)
	}
	r := lockstep(t, nil, "tlc", "buffer", "-model", "Huge")
	require.Equal(t, 2, r.code)
	require.Contains(t, r.err, `Buffer has no model "Huge"`)
}

// TestCheck is the main job, for a pattern in which all is well.
func TestCheck(t *testing.T) {
	needsTLC(t)
	r := lockstep(t, nil, "check", "-json")
	require.Zero(t, r.code, "%s%s", r.out, r.err)
	var said struct{ Patterns []conformance.Report }
	require.NoError(t, json.Unmarshal([]byte(r.out), &said))
	require.Len(t, said.Patterns, 1)
	got := said.Patterns[0]
	require.Equal(t, conformance.Accepted, got.Verdict, got.Problems)
	require.Equal(t, report.ModelReport{States: 13, Distinct: 7, Depth: 3, Properties: []string{"Bounded"}, Liveness: []string{}, Refines: []string{}}, got.Model)
	for _, covered := range []*report.Coverage{got.Explore.Coverage, got.Replay.Coverage} {
		require.NotNil(t, covered)
		require.Empty(t, covered.Missed())
		require.Empty(t, covered.Unsure)
	}
	got.Explore.Coverage = nil
	require.Equal(t, report.ExploreReport{Transitions: 12, Driven: 12, Refusals: 16}, got.Explore)
	require.Equal(t, 4, got.Replay.Accepted)
	require.Equal(t, report.ExplainedReport{Rejected: 1, Explained: 1}, got.Explained)
	require.Equal(t, []string{"Put", "HasRoom"}, got.Rules[0].Explanation.Rules)
	got.Rules[0].Explanation = nil
	require.Equal(t, []*report.Rule{{
		Name: "HasRoom", Says: "The buffer takes an item although it is full.", Violates: "Bounded",
		Spec: report.Detected, Code: report.Detected, Step: "Put", Named: "reason",
	}}, got.Rules)
	require.Equal(t, got.Falsified.Made, got.Falsified.Refused)
	require.Positive(t, got.Falsified.Made)
}

// TestStrictCheck gives the buffer's spec a branch that nothing can take. That is
// listed, and no reason for a verdict unless the check is strict.
func TestStrictCheck(t *testing.T) {
	needsTLC(t)
	r := lockstep(t, nil, "check", "-strict")
	require.Zero(t, r.code, "nothing is left out: %s%s", r.out, r.err)

	dir := t.TempDir()
	require.NoError(t, os.CopyFS(dir, buffer.Pattern.Spec))
	source, err := os.ReadFile(filepath.Join(dir, "Buffer.tla"))
	require.NoError(t, err)
	dead := strings.Replace(string(source), "buffer' = Tail(buffer)", "IF Capacity > 9 THEN FALSE ELSE buffer' = Tail(buffer)", 1)
	require.NotEqual(t, string(source), dead)
	require.NoError(t, os.WriteFile(filepath.Join(dir, "Buffer.tla"), []byte(dead), 0o600))
	pattern := buffer.Pattern
	pattern.Spec = os.DirFS(dir)
	// The processes that a scenario starts are those of the command, not of a test.
	pattern.Scenarios = pattern.Scenarios[:1]
	p := command.Program{Main: "github.com/lockstep-tla/lockstep/conformance/testdata/buffer/cmd", Patterns: []*conformance.Pattern{&pattern}}
	gap := "buffer: no trace exercises Buffer.tla:20: THEN FALSE, in Get"
	for _, strict := range []bool{false, true} {
		args, code, says := []string{"lockstep", "check", "-q"}, 0, "1 of 1 patterns"
		if strict {
			args, code, says = append(args, "-strict"), 1, "buffer: strict: 1 of what is listed below must not be left\n"+gap
		}
		var out, failed bytes.Buffer
		require.Equal(t, code, p.Run(t.Context(), args, &out, &failed), "%s%s", &out, &failed)
		require.Contains(t, out.String(), gap)
		require.Contains(t, out.String(), says)
		require.Contains(t, out.String(), "buffer: blind spot: the explored model never exercises Buffer.tla:20: THEN FALSE, in Get\n")
	}
	var out, failed bytes.Buffer
	require.Zero(t, p.Run(t.Context(), []string{"lockstep", "check", "-q", "-json"}, &out, &failed), failed.String())
	var said struct {
		Patterns []struct {
			Pattern    string
			BlindSpots []string
		}
	}
	require.NoError(t, json.Unmarshal(out.Bytes(), &said))
	require.Equal(t, "buffer", said.Patterns[0].Pattern)
	require.Contains(t, said.Patterns[0].BlindSpots, "the explored model never exercises Buffer.tla:20: THEN FALSE, in Get")
}

// TestMissingFolderIsNamed tells a folder that is not there from one without a
// Steps module.
func TestMissingFolderIsNamed(t *testing.T) {
	dir := t.TempDir()
	r := lockstep(t, nil, "replay", "-steps", dir, "x.ndjson")
	require.Equal(t, 2, r.code)
	require.NotContains(t, r.err, "missing")
	r = lockstep(t, nil, "replay", "-steps", dir+"/none", "x.ndjson")
	require.Equal(t, 2, r.code)
	require.Contains(t, r.err, "bad input: -steps "+dir+"/none: the folder is missing")
}

// TestBreak shows what a rule is for: step by step in the spec, and where the
// code is refused.
func TestBreak(t *testing.T) {
	needsTLC(t)
	r := lockstep(t, nil, "break", "buffer", "HasRoom")
	require.Zero(t, r.code, "%s%s", r.out, r.err)
	for _, says := range []string{
		"The buffer takes an item although it is full.",
		"spec: caught, TLC reports that Bounded is violated",
		"    Buffer.tla:16\n    -HasRoom == Len(buffer) < Capacity\n    +AlwaysRoom == Len(buffer) < 9   \\* keeps the broken model finite\n",
		"    buffer.go:",
		"     0 in the beginning\n         buffer = <<>>\n",
		"     3 Put(item = ",
		"    Bounded: Len(buffer) <= Capacity is FALSE: Len(buffer) = 3, Capacity = 2\n",
		"      buffer     since step 3, Put(item = ",
		"                 buffer' = Append(buffer, item)  (Put, Buffer.tla:18)\n",
		"    HasRoom: Len(buffer) < Capacity is FALSE: Len(buffer) = 2, Capacity = 2\n",
		"code: caught, scenario random, seed 1: rejected at step 3, Put (guard)",
	} {
		require.Contains(t, r.out, says)
	}
	r = lockstep(t, nil, "break", "buffer", "HasNone")
	require.Equal(t, 2, r.code)
	require.Contains(t, r.err, `buffer has no rule "HasNone"; it has HasRoom`)
}

func TestMutateOneMutant(t *testing.T) {
	needsTLC(t)
	r := lockstep(t, nil, "mutate", "buffer", "-mutant", "spec:shift-bound:HasRoom:660094c8")
	require.Zero(t, r.code, "%s%s", r.out, r.err)
	require.Contains(t, r.out, "noticed by property: Bounded\nBuffer.tla:16\n-HasRoom == Len(buffer) < Capacity\n+HasRoom == Len(buffer) <= Capacity\n")

	r = lockstep(t, nil, "mutate", "buffer", "-mutant", "spec:shift-bound:HasRoom:00000000")
	require.Equal(t, 2, r.code)
	require.Contains(t, r.err, "there is no mutant spec:shift-bound:HasRoom:00000000")
}

func TestASurvivorFailsWhereItMustNot(t *testing.T) {
	needsTLC(t)
	survivor := []string{"mutate", "buffer", "-q", "-mutant", "code:return-early:Buffer.Close:81ded1a9"}
	r := lockstep(t, nil, survivor...)
	require.Zero(t, r.code, "%s%s", r.out, r.err)
	require.Contains(t, r.out, "survived code:return-early:Buffer.Close:81ded1a9 (core)\nbuffer.go:")
	require.Contains(t, r.out, "-func (b *Buffer) Close() error { return nil }\n+func (b *Buffer) Close() error {")
	require.Equal(t, 1, lockstep(t, nil, append(survivor, "-strict")...).code)
}

func TestMutateWithoutSources(t *testing.T) {
	needsTLC(t)
	cmd := exec.CommandContext(t.Context(), program, "mutate", "buffer", "-q", "-side", "code")
	cmd.Dir = t.TempDir()
	out, err := cmd.CombinedOutput()
	require.Error(t, err)
	require.Equal(t, 3, cmd.ProcessState.ExitCode(), "%s", out)
	require.Contains(t, string(out), "need the go command and the sources")
}

// TestCheckWithoutSources runs the command as it is where it was installed: all
// but the breaking of the code is done, and what was not is said.
func TestCheckWithoutSources(t *testing.T) {
	needsTLC(t)
	cmd := exec.CommandContext(t.Context(), program, "check", "-q")
	cmd.Dir = t.TempDir()
	out, err := cmd.Output()
	require.Error(t, err)
	require.Equal(t, 3, cmd.ProcessState.ExitCode())
	require.Regexp(t, `buffer +unknown +7, 3 +1 \+ 0 +12 +4, `, string(out))
	require.Contains(t, string(out), "rule HasRoom: caught in the spec, unknown in the code: "+
		"the code was not broken: this needs the go command and the sources of github.com/lockstep-tla/lockstep/conformance/testdata/buffer; run it inside their module")
}

// TestMapWithoutSources says what a map is made of, and nothing of rules.
func TestMapWithoutSources(t *testing.T) {
	for _, c := range []struct{ args, says string }{
		{"map -q buffer", "lockstep: this needs the go command and the sources of github.com/lockstep-tla/lockstep/conformance/testdata/buffer; run it inside their module\n"},
		{"map -q -write buffer", "bad input: -docs: the page docs/buffer.md is missing"},
	} {
		cmd := exec.CommandContext(t.Context(), program, strings.Fields(c.args)...)
		cmd.Dir = t.TempDir()
		out, err := cmd.CombinedOutput()
		require.Error(t, err)
		require.Contains(t, string(out), c.says)
	}
}

// TestInterruptLeavesNothingBehind stops a check in the middle.
func TestInterruptLeavesNothingBehind(t *testing.T) {
	needsTLC(t)
	tmp := t.TempDir()
	cmd := exec.CommandContext(t.Context(), program, "check")
	cmd.Env = append(os.Environ(), "TMPDIR="+tmp, "LOCKSTEP_STORE=off")
	require.NoError(t, cmd.Start())
	require.Eventually(t, func() bool { return len(javaIn(tmp)) > 0 }, 20*time.Second, 5*time.Millisecond)
	require.NoError(t, cmd.Process.Signal(syscall.SIGINT))
	require.Error(t, cmd.Wait())
	require.Equal(t, 3, cmd.ProcessState.ExitCode())
	require.Empty(t, javaIn(tmp))
	left, err := os.ReadDir(tmp)
	require.NoError(t, err)
	require.Empty(t, left)
}

// javaIn lists the processes whose command line names the folder.
func javaIn(dir string) []string {
	var found []string
	lines, _ := filepath.Glob("/proc/[0-9]*/cmdline")
	for _, path := range lines {
		if line, err := os.ReadFile(path); err == nil && bytes.Contains(line, []byte("java")) && bytes.Contains(line, []byte(dir)) {
			found = append(found, path)
		}
	}
	return found
}

func TestExplain(t *testing.T) {
	needsTLC(t)
	bad := file(t, header+put+strings.Replace(put, `"length":1`, `"length":2`, 1)+
		strings.Replace(put, `"length":1`, `"length":3`, 1)+`{"end":3}`+"\n")
	said := lockstep(t, nil, "explain", "-pattern", "buffer", bad)
	require.Equal(t, 1, said.code, said.err)
	require.Contains(t, said.out, ":4: refused at step 3 (guard); the 2 before it are accepted")
	require.Contains(t, said.out, "HasRoom: Len(buffer) < Capacity is FALSE: Len(buffer) = 2, Capacity = 2")

	said = lockstep(t, nil, "explain", "-pattern", "buffer", "-json", bad)
	require.Equal(t, 1, said.code, said.err)
	var x conformance.Explanation
	require.NoError(t, json.Unmarshal([]byte(said.out), &x))
	require.Equal(t, []string{"Put", "HasRoom"}, x.Rules)
	require.Equal(t, []report.Variable{{Name: "buffer", Value: `<<"x", "x">>`}}, x.State)

	said = lockstep(t, nil, "explain", "-pattern", "buffer", file(t, header+put+`{"end":1}`+"\n"))
	require.Equal(t, 0, said.code, said.err)
	require.Contains(t, said.out, "accepted, 1 steps")
	require.Equal(t, 2, lockstep(t, nil, "explain", "-pattern", "buffer").code)
}
