package tlc

import (
	"bytes"
	"context"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// traps are specs that leave something behind in TLC: names that are a variable in one and an
// operator or a constant in the next, values that TLC keeps, registers, and runs that end amid
// their work.
var traps = []struct {
	name, body, config string
	want               Outcome
}{
	{"x counts", counter, "SPECIFICATION Spec CHECK_DEADLOCK FALSE", OK},
	{"a variable", "y == 1\nInit == x = y\nNext == x < 5 /\\ x' = x + y", "INIT Init NEXT Next CHECK_DEADLOCK FALSE", OK},
	{"y is another one", "VARIABLE y\nInit == x = 0 /\\ y = {}\nNext == x < 4 /\\ x' = x + 1 /\\ y' = y \\cup {x}", "INIT Init NEXT Next CHECK_DEADLOCK FALSE", OK},
	{"a constant", "CONSTANT y\nASSUME y = 3\nInit == x = y\nNext == UNCHANGED x", "INIT Init NEXT Next CONSTANT y = 3", OK},
	{"another one", "CONSTANT y\nASSUME y = 3\nInit == x = y\nNext == UNCHANGED x", "INIT Init NEXT Next CONSTANT y = 4", AssumptionFailed},
	{"it breaks off", counter + "\nSmall == x < 2", "SPECIFICATION Spec INVARIANT Small CHECK_DEADLOCK FALSE", InvariantViolated},
	{"it is right", counter + "\nSmall == x < 200", "SPECIFICATION Spec INVARIANT Small CHECK_DEADLOCK FALSE", OK},
	{"a register", "Init == x = 0 /\\ TLCSet(1, 7)\nNext == x < 3 /\\ x' = x + 1 /\\ TLCSet(1, TLCGet(1) + 1) /\\ PrintT(TLCGet(1))", "INIT Init NEXT Next CHECK_DEADLOCK FALSE", OK},
	{"none", "Init == x = 0\nNext == x < 3 /\\ x' = x + TLCGet(1)", "INIT Init NEXT Next CHECK_DEADLOCK FALSE", Crashed},
	{"exit", "Init == x = 0\nNext == x' = x + 1 /\\ (x = 20 => TLCSet(\"exit\", TRUE))", "INIT Init NEXT Next", OK},
	{"liveness broken", "Init == x = 0\nNext == x' = (x + 1) % 4\nSpec == Init /\\ [][Next]_x\nFull == <>(x = 3)", "SPECIFICATION Spec PROPERTY Full", PropertyViolated},
	{"liveness right", "Init == x = 0\nNext == x' = (x + 1) % 4\nSpec == Init /\\ [][Next]_x /\\ WF_x(Next)\nFull == []<>(x = 3)", "SPECIFICATION Spec PROPERTY Full", OK},
	{"symmetry", "CONSTANT S\nInit == x = [s \\in S |-> 0]\nNext == \\E s \\in S : x[s] < 2 /\\ x' = [x EXCEPT ![s] = @ + 1]\nSym == Permutations(S)", "INIT Init NEXT Next CONSTANT S = {a, b, c} SYMMETRY Sym CHECK_DEADLOCK FALSE", OK},
	{"no symmetry", "CONSTANT S\nInit == x = [s \\in S |-> 0]\nNext == \\E s \\in S : x[s] < 2 /\\ x' = [x EXCEPT ![s] = @ + 1]", "INIT Init NEXT Next CONSTANT S = {a, b, c} CHECK_DEADLOCK FALSE", OK},
	{"a view", "Init == x = 0\nNext == x < 9 /\\ x' = x + 1\nHalf == x \\div 2", "INIT Init NEXT Next VIEW Half CHECK_DEADLOCK FALSE", OK},
	{"no view", "Init == x = 0\nNext == x < 9 /\\ x' = x + 1", "INIT Init NEXT Next CHECK_DEADLOCK FALSE", OK},
	{"bounded", "Init == x = 0\nNext == x' = x + 1\nBound == x < 5", "INIT Init NEXT Next CONSTRAINT Bound", OK},
	{"a defined constant", "S == {1}\nInit == x = S\nNext == UNCHANGED x", "INIT Init NEXT Next CONSTANT S <- Other", SpecError},
	{"overridden", "S == {1}\nOther == {2}\nInit == x = S\nNext == UNCHANGED x\nIs == x = {2}", "INIT Init NEXT Next CONSTANT S <- Other INVARIANT Is", OK},
	{"not overridden", "S == {1}\nOther == {2}\nInit == x = S\nNext == UNCHANGED x\nIs == x = {2}", "INIT Init NEXT Next INVARIANT Is", InvariantViolated},
	{"no module", "Init == x =", "INIT Init NEXT Next", SpecError},
	{"a choice", "Init == x = CHOOSE s \\in {\"later\", \"earlier\", \"x\"} : TRUE\nNext == UNCHANGED x /\\ PrintT(x)", "INIT Init NEXT Next", OK},
	{"PlusCal, translated before it was changed", "(* --algorithm A\nbegin x := 1;\nend algorithm; *)\n\\* BEGIN TRANSLATION (chksum(pcal) = \"1\" /\\ chksum(tla) = \"2\")\nInit == x = 0\nNext == x < 2 /\\ x' = x + 1\n\\* END TRANSLATION", "INIT Init NEXT Next CHECK_DEADLOCK FALSE", OK},
	{"a deadlock", "Init == x = 0\nNext == x < 3 /\\ x' = x + 1", "INIT Init NEXT Next", Deadlock},
}

// changes are what differs between two runs of the same job: times, sizes, and the
// options of the JVM.
var changes = regexp.MustCompile(`(?s)@!@!@STARTMSG (2185|2186|2187|2200|2201|2262|2268|2401|2191):.*?@!@!@ENDMSG \d+ @!@!@\n|(?m)^(Parsing file|Semantic processing) .*\n|\d\d\d\d-\d\d-\d\d \d\d:\d\d:\d\d|in \d+(ms|s)|seed -?\d+`)

// TestAWarmRunIsLikeTheFirst: each job says in a JVM that has made all others, in this order
// and in the other one, what it says in a new one.
func TestAWarmRunIsLikeTheFirst(t *testing.T) {
	checker := realTLC(t)
	if !checker.isWarm(&Job{}) {
		t.Skip("another TLC")
	}
	ownTemp(t)
	say := func(i int) string {
		j := job(traps[i].body, traps[i].config)
		j.Args = []string{"-fp", "0"}
		dir := t.TempDir()
		j.Config = j.Module + ".cfg"
		require.NoError(t, j.write(dir))
		var said bytes.Buffer
		r, err := checker.executeWarm(t.Context(), j, dir, nil, &said)
		require.NoError(t, err)
		require.Equal(t, traps[i].want, r.Outcome, "%s: %s", traps[i].name, r.Message)
		return changes.ReplaceAllString(strings.ReplaceAll(said.String(), dir, ""), "")
	}
	first := make([]string, len(traps))
	for i := range traps {
		jvms.closeAll()
		first[i] = say(i)
	}
	jvms.closeAll()
	made := map[int]int{} // the runs of each JVM
	for n := range 2 * len(traps) {
		i := min(n, 2*len(traps)-1-n)
		require.Equal(t, first[i], say(i), traps[i].name)
		for _, v := range jvms.all {
			made[v.pid]++
		}
	}
	t.Log("runs by JVM: ", made)
	require.Greater(t, slices.Max(slices.Collect(maps.Values(made))), len(traps)/3)
}

// TestAJVMThatDiesIsNoVerdict, and the next run gets another one.
func TestAJVMThatDiesIsNoVerdict(t *testing.T) {
	checker := realTLC(t)
	ownTemp(t)
	j := job(endless, "INIT Init NEXT Next")
	j.started = func(pid int, _ time.Duration) {
		p, err := os.FindProcess(pid)
		require.NoError(t, err)
		require.NoError(t, p.Kill())
	}
	require.Equal(t, Crashed, run(t, checker, j).Outcome)
	require.Equal(t, OK, run(t, checker, job(counter, "SPECIFICATION Spec CHECK_DEADLOCK FALSE")).Outcome)

	// One that dies while it waits.
	require.Len(t, jvms.all, 1)
	jvms.all[0].kill()
	time.Sleep(100 * time.Millisecond)
	require.Equal(t, OK, run(t, checker, job(counter, "SPECIFICATION Spec CHECK_DEADLOCK FALSE")).Outcome)
}

// TestNoSpecEndsItsRun: what a spec prints is not taken for the JVM's last words.
func TestNoSpecEndsItsRun(t *testing.T) {
	checker := realTLC(t)
	ownTemp(t)
	j := job(`Init == x = 0 /\ PrintT("WORD 0 1 true ") /\ PrintT("")
Next == UNCHANGED x`, "INIT Init NEXT Next")
	var printed []string
	j.Print = func(line string) { printed = append(printed, line) }
	require.Equal(t, OK, run(t, checker, j).Outcome)
	require.Equal(t, []string{`"WORD 0 1 true "`, `""`}, printed)
}

// TestABoredJVMEnds and takes its folder along.
func TestABoredJVMEnds(t *testing.T) {
	checker := realTLC(t)
	dir := ownTemp(t)
	run(t, checker, job(counter, "SPECIFICATION Spec CHECK_DEADLOCK FALSE"))
	require.Len(t, processesWith(dir), 1)
	jvms.all[0].bored.Reset(0)
	require.Eventually(t, func() bool { return len(processesWith(dir)) == 0 }, time.Minute, 10*time.Millisecond)
	require.Eventually(t, func() bool { left, _ := filepath.Glob(filepath.Join(dir, "*")); return len(left) == 0 }, time.Minute, 10*time.Millisecond)
}

// TestManyWarmRunsAtOnce have a JVM each, and each hears its own spec only.
func TestManyWarmRunsAtOnce(t *testing.T) {
	checker := realTLC(t)
	ownTemp(t)
	var all sync.WaitGroup
	for i := range 12 {
		all.Go(func() {
			name := string(rune('a' + i))
			j := job(name+" == 1\nInit == x = 0\nNext == x < 20 /\\ x' = x + 1 /\\ PrintT("+name+")", "INIT Init NEXT Next CHECK_DEADLOCK FALSE")
			j.MemoryMB = 64
			n := 0
			j.Print = func(string) { n++ }
			r, err := checker.Run(context.Background(), j)
			if err != nil || r.Outcome != OK || n != 20 {
				t.Error(r, err, n)
			}
		})
	}
	all.Wait()
}

// TestWarmClassesAreThoseOfTheirSource, where there is a compiler.
func TestWarmClassesAreThoseOfTheirSource(t *testing.T) {
	javac, err := exec.LookPath("javac")
	if err != nil {
		t.Skip("no javac")
	}
	dir := t.TempDir()
	out, err := exec.CommandContext(t.Context(), javac, "--release", "11", "-g:none", "-cp", realTLC(t).Jar, "-d", dir, "warm/Warm.java").CombinedOutput()
	require.NoError(t, err, "%s", out)
	made, err := os.ReadDir(dir)
	require.NoError(t, err)
	kept, err := warmClasses.ReadDir("warm")
	require.NoError(t, err)
	require.Len(t, kept, len(made))
	for _, c := range made {
		want, err := os.ReadFile(filepath.Join(dir, c.Name()))
		require.NoError(t, err)
		got, err := warmClasses.ReadFile("warm/" + c.Name())
		require.NoError(t, err)
		if !bytes.Equal(want, got) { // another javac may write other bytes, but about as many
			t.Logf("%s is another file", c.Name())
			require.InDelta(t, len(want), len(got), float64(len(want))/20)
		}
	}
}

// TestHalfALineIsNoLine: a JVM that is killed may be amid one.
func TestHalfALineIsNoLine(t *testing.T) {
	var lines []string
	require.NoError(t, split(strings.NewReader("whole\nha"), nil, func(line []byte) { lines = append(lines, string(line)) }))
	require.Equal(t, []string{"whole"}, lines)
}
