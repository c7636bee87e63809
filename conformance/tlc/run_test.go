package tlc

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lockstep-tla/lockstep/conformance/internal/process"
)

const counter = "Init == x = 0\nNext == x < 3 /\\ x' = x + 1\nSpec == Init /\\ [][Next]_x /\\ WF_x(Next)"

func TestEachOutcome(t *testing.T) {
	checker := realTLC(t)
	ownTemp(t)
	tests := []struct {
		name, body, config string
		want               Outcome
		violated           string
		candidates         []string
		place              string
		message            string
		states             int // in Trace
	}{
		{name: "ok", body: counter, config: "INIT Init NEXT Next CHECK_DEADLOCK FALSE", want: OK},
		{name: "invariant", body: counter + "\nSmall == x < 2", config: "INIT Init NEXT Next INVARIANT Small",
			want: InvariantViolated, violated: "Small", states: 3},
		{name: "invariant of the initial state", body: counter + "\nOne == x = 1", config: "INIT Init NEXT Next INVARIANT One",
			want: InvariantViolated, violated: "One", states: 1},
		{name: "action property", body: counter + "\nSlow == [][x' < 3]_x", config: "SPECIFICATION Spec PROPERTY Slow CHECK_DEADLOCK FALSE",
			want: PropertyViolated, violated: "Slow", states: 4},
		{name: "property that TLC calls an invariant", body: counter + "\nOne == [](x = 1)", config: "SPECIFICATION Spec PROPERTY One CHECK_DEADLOCK FALSE",
			want: PropertyViolated, violated: "One", states: 1},
		{name: "liveness", body: counter + "\nFour == <>(x = 4)", config: "SPECIFICATION Spec PROPERTY Four CHECK_DEADLOCK FALSE",
			want: PropertyViolated, violated: "Four", states: 4},
		{name: "one of two liveness properties", body: counter + "\nThree == <>(x = 3)\nFour == <>(x = 4)",
			config: "SPECIFICATION Spec PROPERTIES Three Four CHECK_DEADLOCK FALSE",
			want:   PropertyViolated, candidates: []string{"Three", "Four"}, states: 4},
		{name: "deadlock", body: counter, config: "INIT Init NEXT Next", want: Deadlock, states: 4},
		{name: "assumption", body: counter + "\nASSUME 1 = 2", config: "INIT Init NEXT Next", want: AssumptionFailed, place: "M:7:8"},
		{name: "assumption without a value", body: counter + "\nASSUME 1 = 2[3]", config: "INIT Init NEXT Next", want: EvaluationError, place: "M:7:8"},
		{name: "assertion", body: counter + "\nTold == Assert(x < 2, \"too big\")", config: "INIT Init NEXT Next INVARIANT Told",
			want: AssertionFailed, message: `"too big"`, states: 3},
		{name: "evaluation", body: "Init == x = 0\nNext == x < 3 /\\ x' = x + 1 /\\ (x = 2 => <<>>[x] = 1)", config: "INIT Init NEXT Next",
			want: EvaluationError, place: "M:5:42", message: "out of domain", states: 3},
		{name: "evaluation of the initial state", body: "Init == x = 0 /\\ x < \"a\"\nNext == UNCHANGED x", config: "INIT Init NEXT Next",
			want: EvaluationError, place: "M:4:18", message: "should be an integer"},
		{name: "values that cannot be compared", body: "Init == x = {1, \"a\"}\nNext == UNCHANGED x", config: "INIT Init NEXT Next",
			want: EvaluationError, message: "compare"},
		{name: "syntax", body: "Init == (x = 0\nNext == UNCHANGED x", config: "INIT Init NEXT Next", want: SpecError, place: "M:5:1", message: "is not expected behind"},
		{name: "lexical", body: "Init == x = \"\\k\"\nNext == UNCHANGED x", config: "INIT Init NEXT Next", want: SpecError, place: "M:4:15", message: "Lexical error"},
		{name: "unknown name", body: "Init == x = y\nNext == UNCHANGED x", config: "INIT Init NEXT Next", want: SpecError, place: "M:4:13", message: "Unknown operator: `y'"},
		{name: "unknown module", body: "Init == x = 0\nNext == UNCHANGED x\nINSTANCE Nowhere", config: "INIT Init NEXT Next", want: SpecError, place: "M", message: "Nowhere"},
		{name: "number", body: "Init == x = 99999999999\nNext == UNCHANGED x", config: "INIT Init NEXT Next", want: SpecError, message: "99999999999"},
		{name: "config syntax", body: counter, config: "INIT Init\nNEXT Next Next", want: SpecError, place: "M.cfg:2", message: "expecting a keyword"},
		{name: "config number", body: "CONSTANT N\n" + counter, config: "INIT Init NEXT Next CONSTANT N = 2147483648", want: SpecError, message: "2147483648"},
		{name: "config name", body: counter, config: "INIT Init NEXT Next INVARIANT Nowhere", want: SpecError, message: "Nowhere"},
		{name: "config constant", body: "CONSTANT N\n" + counter, config: "INIT Init NEXT Next", want: SpecError, message: "N"},
		{name: "invariant with primes", body: counter, config: "INIT Init NEXT Next INVARIANT Next", want: SpecError, message: "not a state predicate"},
		{name: "endless recursion", body: "RECURSIVE F(_)\nF(n) == 1 + F(n)\nInit == x = F(0)\nNext == UNCHANGED x", config: "INIT Init NEXT Next", want: OutOfMemory},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			r := run(t, checker, job(test.body, test.config))
			require.Equal(t, test.want, r.Outcome, r.Message)
			require.Equal(t, test.violated, r.Violated)
			require.Equal(t, test.candidates, r.Candidates)
			require.Contains(t, r.Message, test.message)
			if test.place != "" {
				require.NotNil(t, r.Place, r.Message)
				require.Equal(t, test.place, r.Place.String())
			}
			require.Len(t, r.Trace, test.states)
			for i, s := range r.Trace {
				require.Equal(t, i+1, s.Number)
				if x, ok := s.Vars["x"].(int); ok {
					require.Equal(t, i, x)
				}
			}
		})
	}
}

func TestCounts(t *testing.T) {
	r := run(t, realTLC(t), job(counter, "INIT Init NEXT Next CHECK_DEADLOCK FALSE"))
	require.Equal(t, OK, r.Outcome)
	require.Equal(t, []int{4, 4, 0, 4}, []int{r.States, r.Distinct, r.Queue, r.Depth})
	require.Equal(t, "ok, 4 distinct states, depth 4", r.String())
	require.NoError(t, (&Expect{Distinct: 4, Depth: 4}).Check(r))
	require.ErrorContains(t, (&Expect{Distinct: 5}).Check(r), "expected ok, 5 distinct states, but TLC says ok, 4")
	require.Contains(t, r.Version, "TLC")
	require.Positive(t, r.Duration)
}

func TestCounterexample(t *testing.T) {
	body := `Init == x = [at |-> 0, seen |-> {}, text |-> "a \"b\"", long |-> [i \in 1..30 |-> i * 1000]]
Step == x.at < 3 /\ x' = [x EXCEPT !.at = @ + 1, !.seen = @ \cup {<<x.at, TRUE>>}]
Return == x.at = 3 /\ x' = [x EXCEPT !.at = 1]
Next == Step \/ Return
Spec == Init /\ [][Next]_x /\ WF_x(Next)
Rests == <>[](x.at = 1)`
	r := run(t, realTLC(t), job(body, "SPECIFICATION Spec PROPERTY Rests"))
	require.Equal(t, PropertyViolated, r.Outcome, r.Message)
	require.Equal(t, "Rests", r.Violated)
	var actions []string
	for _, s := range r.Trace {
		actions = append(actions, s.Action)
	}
	require.Equal(t, []string{"", "Step", "Step", "Step", "Return", "Step"}, actions)
	require.Equal(t, Place{Module: "M", Line: 5, Column: 9}, *r.Trace[1].Place)
	last := r.Trace[3].Vars["x"].(map[string]Value)
	require.Equal(t, 3, last["at"])
	require.Equal(t, `a "b"`, last["text"])
	require.ElementsMatch(t, Set{[]Value{0, true}, []Value{1, true}, []Value{2, true}}, last["seen"])
	require.Len(t, last["long"], 30) // TLC wraps this over several lines
	require.Equal(t, &Loop{Back: 4, Action: "Step"}, r.Loop)

	r = run(t, realTLC(t), job(counter+"\nFour == <>(x = 4)", "SPECIFICATION Spec PROPERTY Four CHECK_DEADLOCK FALSE"))
	require.Equal(t, &Loop{Back: 4}, r.Loop, "the last state stays for ever")
}

// TLC names only the place in the abstract spec where a refinement breaks.
func TestRefinement(t *testing.T) {
	abstract := "---- MODULE Abstract ----\nEXTENDS Naturals\nVARIABLE y\nSpec == y = %d /\\ [][y' = y + 2]_y\n===="
	body := counter + "\nGrows == [][x' > x]_x\nA == INSTANCE Abstract WITH y <- x\nRefines == A!Spec"
	checker := realTLC(t)
	r := run(t, checker, job(body, "SPECIFICATION Spec PROPERTY Refines CHECK_DEADLOCK FALSE", "Abstract.tla", fmt.Sprintf(abstract, 0)))
	require.Equal(t, PropertyViolated, r.Outcome, r.Message)
	require.Equal(t, "Refines", r.Violated)
	require.Equal(t, "Abstract", r.Place.Module)

	r = run(t, checker, job(body, "SPECIFICATION Spec PROPERTIES Refines Grows CHECK_DEADLOCK FALSE", "Abstract.tla", fmt.Sprintf(abstract, 1)))
	require.Equal(t, PropertyViolated, r.Outcome, r.Message)
	require.Equal(t, []string{"Refines", "Grows"}, r.Candidates)
	require.Len(t, r.Trace, 1)
}

func TestPrint(t *testing.T) {
	checker := realTLC(t)
	ownTemp(t)
	j := job(`Init == x = 0
Next == x < 1000 /\ x' = x + 1 /\ PrintT(ToString(<<"q\"\\ \n", x, [b |-> {1}, a |-> <<>>]>>))
Small == x < 999`, "INIT Init NEXT Next INVARIANT Small")
	var lines []string
	var log bytes.Buffer
	var progress []Progress
	j.Print = func(line string) { lines = append(lines, line) }
	j.Progress = func(p Progress) { progress = append(progress, p) }
	j.Log = &log
	r := run(t, checker, j)
	require.Equal(t, InvariantViolated, r.Outcome)
	// TLC walks the whole behaviour again to show it; that prints nothing here.
	require.Len(t, lines, 999)
	for i, line := range lines {
		v, err := ParsePrinted(line)
		require.NoError(t, err)
		require.Equal(t, []Value{"q\"\\ \n", i, map[string]Value{"b": Set{1}, "a": []Value{}}}, v)
	}
	require.NotEmpty(t, progress)
	require.Equal(t, 1000, progress[len(progress)-1].Distinct)
	require.Contains(t, log.String(), "Invariant Small is violated.\n")
	require.NotContains(t, log.String(), "@!@!@")
}

func TestPrintLongLine(t *testing.T) {
	checker := realTLC(t)
	ownTemp(t)
	j := job(`Init == x = 0 /\ PrintT(ToString([i \in 1..200000 |-> "0123456789"]))
Next == UNCHANGED x`, "INIT Init NEXT Next")
	var printed Value
	j.Print = func(line string) {
		var err error
		printed, err = ParsePrinted(line)
		require.NoError(t, err)
	}
	require.Equal(t, OK, run(t, checker, j).Outcome)
	require.Len(t, printed, 200_000)
}

const endless = "Init == x = 0\nNext == x' = x + 1"

// A run that is ended leaves no JVM and no file: ownTemp sees to it.
func TestTimeout(t *testing.T) {
	checker := realTLC(t)
	ownTemp(t)
	j := job(endless, "INIT Init NEXT Next")
	j.Timeout = 1500 * time.Millisecond
	began := time.Now()
	r := run(t, checker, j)
	require.Equal(t, TimedOut, r.Outcome, r.Message)
	require.Less(t, time.Since(began), 20*time.Second)
}

// TestProcessorTimeEndsARun, which the clock does not.
func TestProcessorTimeEndsARun(t *testing.T) {
	if !process.CanMeter {
		t.Skip("the system does not tell what other processes take")
	}
	checker := realTLC(t)
	ownTemp(t)
	j := job(endless, "INIT Init NEXT Next")
	j.Processor = 1500 * time.Millisecond
	r := run(t, checker, j)
	require.Equal(t, TimedOut, r.Outcome, r.Message)
	require.Contains(t, r.Message, "2s of processor time")
	require.Greater(t, r.Processor, j.Processor)
}

func TestCancel(t *testing.T) {
	checker := realTLC(t)
	ownTemp(t)
	ctx, cancel := context.WithCancel(context.Background())
	j := job(endless+` /\ PrintT(x)`, "INIT Init NEXT Next")
	j.Print = func(string) { cancel() }
	r, err := checker.Run(ctx, j)
	require.NoError(t, err)
	require.Equal(t, Cancelled, r.Outcome)

	r, err = checker.Run(ctx, j) // which has ended already
	require.NoError(t, err)
	require.Equal(t, Cancelled, r.Outcome)

	ctx, stop := context.WithTimeout(context.Background(), time.Second)
	defer stop()
	r, err = checker.Run(ctx, job(endless, "INIT Init NEXT Next"))
	require.NoError(t, err)
	require.Equal(t, TimedOut, r.Outcome)
}

// A callback that panics must not leave a JVM behind either.
func TestPanic(t *testing.T) {
	checker := realTLC(t)
	ownTemp(t)
	j := job(endless+` /\ PrintT(x)`, "INIT Init NEXT Next")
	j.Print = func(string) { panic("out of the callback") }
	require.PanicsWithValue(t, "out of the callback", func() { _, _ = checker.Run(context.Background(), j) })
}

func TestOutOfMemory(t *testing.T) {
	checker := realTLC(t)
	ownTemp(t)
	j := job(`Init == x = 0
Next == x' = {<<i, x>> : i \in 1..1000000}`, "INIT Init NEXT Next")
	j.MemoryMB = 32
	r := run(t, checker, j)
	require.Equal(t, OutOfMemory, r.Outcome, r.Message)
}

func TestBadJob(t *testing.T) {
	checker := realTLC(t)
	ownTemp(t)
	good := func() Job { return job(counter, "INIT Init NEXT Next") }
	for name, spoil := range map[string]func(*Job){
		"no file Other.tla":  func(j *Job) { j.Module = "Other" },
		"no file Other.cfg":  func(j *Job) { j.Config = "Other.cfg" },
		"no plain file name": func(j *Job) { j.Files["../x.tla"] = nil },
		"negative":           func(j *Job) { j.Workers = -1 },
		"-frobnicate":        func(j *Job) { j.Args = []string{"-frobnicate"} },
	} {
		j := good()
		spoil(&j)
		_, err := checker.Run(context.Background(), j)
		require.ErrorIs(t, err, ErrBadJob, name)
		require.ErrorContains(t, err, name)
	}
}

func TestSimulation(t *testing.T) {
	checker := realTLC(t)
	ownTemp(t)
	j := job(counter+"\nSmall == x < 3", "INIT Init NEXT Next CHECK_DEADLOCK FALSE")
	j.Args = []string{"-simulate", "num=5", "-depth", "10"}
	require.Equal(t, OK, run(t, checker, j).Outcome)
	j.Files["M.cfg"] = []byte("INIT Init NEXT Next CHECK_DEADLOCK FALSE INVARIANT Small")
	r := run(t, checker, j)
	require.Equal(t, InvariantViolated, r.Outcome)
	require.Len(t, r.Trace, 4)
}

// Four runs at once, each with a model of its own, do not disturb each other.
func TestParallelRuns(t *testing.T) {
	checker := realTLC(t)
	ownTemp(t)
	var wg sync.WaitGroup
	results, printed := [4]*Result{}, [4]int{}
	for i := range results {
		wg.Go(func() {
			n := strconv.Itoa(100 * (i + 1))
			j := job("Init == x = 0\nNext == x < "+n+" /\\ x' = x + 1 /\\ PrintT("+n+")", "INIT Init NEXT Next CHECK_DEADLOCK FALSE")
			j.MemoryMB = 128
			j.Workers = 1 + i%2
			j.Print = func(line string) {
				if line == n {
					printed[i]++
				}
			}
			results[i], _ = checker.Run(context.Background(), j)
		})
	}
	wg.Wait()
	for i, r := range results {
		require.NotNil(t, r)
		require.Equal(t, OK, r.Outcome, r.Message)
		require.Equal(t, 100*(i+1)+1, r.Distinct)
		require.Equal(t, 100*(i+1), printed[i])
	}
}

// TLC's classes come from the archive, and Java's flight recorder is left alone: both make a
// run shorter.
func TestStartsQuickly(t *testing.T) {
	checker := realTLC(t)
	if checker.JarSHA256 != pinnedSHA256 || checker.Archive == "" {
		t.Skip("another TLC, or no archive")
	}
	j := job(counter, "INIT Init NEXT Next CHECK_DEADLOCK FALSE")
	j.Config = j.Module + ".cfg"
	dir := t.TempDir()
	require.NoError(t, j.write(dir))
	loaded := filepath.Join(dir, "loaded")
	cmd := checker.command(t.Context(), j, dir, []string{"-XX:SharedArchiveFile=" + checker.Archive})
	at := slices.Index(cmd.Args, "-cp")
	cmd.Args = slices.Insert(cmd.Args, at, "-Xlog:class+load:file="+loaded)
	require.NoError(t, runLocked(cmd))
	classes, err := os.ReadFile(loaded)
	require.NoError(t, err)
	for _, quick := range []string{"tlc2.tool.ModelChecker source: shared objects file", "util.TLAFlightRecorder source: shared objects file"} {
		require.True(t, bytes.Contains(classes, []byte(" "+quick)), quick)
	}
	for _, slow := range []string{"jdk.jfr.internal.MetadataLoader", "util.TLAFlightRecorder$MessageEvent"} {
		require.False(t, bytes.Contains(classes, []byte(" "+slow+" ")), slow)
	}
}

// An archive that is none must neither stop TLC nor be heard of.
func TestBrokenArchive(t *testing.T) {
	checker := *realTLC(t)
	checker.Archive = filepath.Join(t.TempDir(), "broken.jsa")
	require.NoError(t, os.WriteFile(checker.Archive, []byte(strings.Repeat("no archive", 1000)), 0o600))
	j := job(counter, "INIT Init NEXT Next CHECK_DEADLOCK FALSE")
	j.Print = func(line string) { t.Errorf("printed: %s", line) }
	require.Equal(t, OK, run(t, &checker, j).Outcome)
}

func TestJavaThatDoesNotStart(t *testing.T) {
	ownTemp(t)
	checker := &TLC{Java: filepath.Join(t.TempDir(), "java"), Jar: "none.jar"}
	_, err := checker.Run(context.Background(), job(counter, "INIT Init NEXT Next"))
	require.ErrorIs(t, err, ErrNoJava)
	require.True(t, errors.Is(err, os.ErrNotExist), err)
}

// A process that ends without a word is no verdict.
func TestSilentProcess(t *testing.T) {
	ownTemp(t)
	script := filepath.Join(t.TempDir(), "java")
	for _, body := range []string{"exit 0", "exit 12", "echo Model checking completed. No error has been found.", "kill -9 $$",
		"echo '@!@!@STARTMSG 2193:0 @!@!@'; echo 'Model checking completed.'"} {
		require.NoError(t, os.WriteFile(script, []byte("#!/bin/sh\necho 'went wrong' >&2\n"+body+"\n"), 0o700))
		checker := &TLC{Java: script, Jar: "none.jar"}
		r := run(t, checker, job(counter, "INIT Init NEXT Next"))
		require.Equal(t, Crashed, r.Outcome, body)
		require.Contains(t, r.Message, "went wrong")
	}
}

// The group is killed, not only the process that was started.
func TestWrapperScript(t *testing.T) {
	dir := ownTemp(t)
	script := filepath.Join(t.TempDir(), "java")
	require.NoError(t, os.WriteFile(script, []byte("#!/bin/sh\nsleep 300 & sleep 300 # "+dir+"\n"), 0o700))
	j := job(counter, "INIT Init NEXT Next")
	j.Timeout = 200 * time.Millisecond
	began := time.Now()
	require.Equal(t, TimedOut, run(t, &TLC{Java: script, Jar: "none.jar"}, j).Outcome)
	require.Less(t, time.Since(began), 4*time.Second, "the pipes were closed by force")
}

// A JVM of one run is not waited for when TLC has said everything, and is when it may still
// have files to write.
func TestSaidEverything(t *testing.T) {
	checker := realTLC(t)
	ownTemp(t)
	dump := filepath.Join(t.TempDir(), "states")
	for _, tt := range []struct {
		name, body, config string
		args               []string
		want               Outcome
		exit               int
	}{
		{"ok", counter, "SPECIFICATION Spec CHECK_DEADLOCK FALSE", nil, OK, -1},
		{"violated", counter + "\nSmall == x < 2", "SPECIFICATION Spec INVARIANT Small", nil, InvariantViolated, -1},
		{"with an option", counter, "SPECIFICATION Spec CHECK_DEADLOCK FALSE", []string{"-seed", "1"}, OK, -1},
		{"with an option that writes a file", counter, "SPECIFICATION Spec CHECK_DEADLOCK FALSE", []string{"-dump", dump}, OK, 0},
		{"where the exit code counts", counter + "\nASSUME 1 = 2[3]", "SPECIFICATION Spec", nil, EvaluationError, exitAssumption},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r, err := checker.Run(t.Context(), Job{Module: "M", Args: tt.args, Workers: 2, Files: map[string][]byte{
				"M.tla": []byte("---- MODULE M ----\nEXTENDS Naturals\nVARIABLE x\n" + tt.body + "\n===="), "M.cfg": []byte(tt.config),
			}})
			require.NoError(t, err)
			require.Equal(t, tt.want, r.Outcome)
			require.Equal(t, tt.exit, r.ExitCode)
		})
	}
	require.FileExists(t, dump+".dump")
}
