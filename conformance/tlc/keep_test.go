package tlc

import (
	"bytes"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lockstep-tla/lockstep/conformance/internal/store"
)

// keyed is a job over three modules: M, which stands on Low, and Other, which
// stands alone.
func keyed() Job {
	j := job(counter+"\nLOCAL INSTANCE Low", "INIT Init NEXT Next CHECK_DEADLOCK FALSE",
		"Low.tla", "---- MODULE Low ----\nLowest == 0\n====\n",
		"Other.tla", "---- MODULE Other ----\nEXTENDS Low\n====\n")
	return j
}

// TestKeyHasAllThatARunDependsOn changes each input.
func TestKeyHasAllThatARunDependsOn(t *testing.T) {
	checker := &TLC{JarSHA256: "jar", javaBuild: "java"}
	plain := keyed()
	key := plain.key(checker)
	seen := map[string]string{key: "nothing"}
	differs := func(what string, change func(j *Job, t *TLC)) {
		j, other := keyed(), *checker
		change(&j, &other)
		k := j.key(&other)
		require.NotContains(t, seen, k, "%s, and %s, has the same key", what, seen[k])
		seen[k] = what
	}
	add := func(name, text string) func(j *Job, t *TLC) {
		return func(j *Job, t *TLC) { j.Files[name] = append(bytes.Clone(j.Files[name]), text...) }
	}
	differs("the root module", add("M.tla", " "))
	differs("a module below it", add("Low.tla", " "))
	differs("the configuration", add("M.cfg", " "))
	differs("a module that shadows one of TLC's", add("Naturals.tla", "---- MODULE Naturals ----\n===="))
	differs("an option", func(j *Job, _ *TLC) { j.Args = []string{"-deadlock"} })
	differs("an option's argument", func(j *Job, _ *TLC) { j.Args = []string{"-fp", "1"} })
	differs("the jar", func(_ *Job, t *TLC) { t.JarSHA256 = "another" })
	differs("Java", func(_ *Job, t *TLC) { t.javaBuild = "another" })
	differs("the configuration's name", func(j *Job, _ *TLC) { j.Config = "N.cfg"; j.Files["N.cfg"] = j.Files["M.cfg"] })
	t.Run("environment", func(t *testing.T) {
		t.Setenv("JAVA_TOOL_OPTIONS", "-Dx=y")
		differs("what the environment tells Java", func(*Job, *TLC) {})
	})
	same := func(what string, change func(j *Job)) {
		j := keyed()
		change(&j)
		require.Equal(t, key, j.key(checker), what)
	}
	same("again", func(*Job) {})
	same("a module that is not read", func(j *Job) { j.Files["Other.tla"] = nil })
	same("another configuration", func(j *Job) { j.Files["Other.cfg"] = nil })
	same("memory and time", func(j *Job) { j.MemoryMB, j.Timeout, j.Short = 1, time.Hour, false })
	withWord := func(word string) string {
		j := keyed()
		j.Word = word
		j.Files["Low.tla"] = []byte("---- MODULE Low ----\nSays == \"" + word + "\"\n====\n")
		return j.key(checker)
	}
	require.Equal(t, withWord("one"), withWord("two"))
}

func TestOnlyRunsThatRepeatAreKept(t *testing.T) {
	for _, test := range []struct {
		args    string
		workers int
		want    bool
	}{
		{"", 0, true}, {"", 1, true}, {"", 2, false}, {"-lncheck final -fp 0", 1, true}, {"-seed 1", 1, true},
		{"-simulate", 1, false}, {"-dump states", 1, false}, {"-deadlock -coverage 1", 1, false}, {"-recover x", 1, false},
	} {
		j := Job{Args: strings.Fields(test.args), Workers: test.workers}
		require.Equal(t, test.want, j.storable(), "%s, %d workers", test.args, test.workers)
	}
	require.False(t, (&Job{archive: true}).storable())
}

// TestKeptRunIsToldAgain runs jobs of each outcome twice: the second time no
// Java starts, and result, prints and log are the same.
func TestKeptRunIsToldAgain(t *testing.T) {
	found := realTLC(t)
	prints := "\nLoud == PrintT(<<\"says WORD\", x>>) /\\ (x = 3 => PrintT(\"WORD, or not\"))"
	tests := []struct {
		name, body, config string
		kept               bool
	}{
		{"ok", counter + prints, "INIT Init NEXT Next INVARIANT Loud CHECK_DEADLOCK FALSE", true},
		{"invariant", counter + prints + "\nSmall == x < 2", "INIT Init NEXT Next INVARIANTS Loud Small", true},
		{"liveness", counter + "\nFour == <>(x = 4)", "SPECIFICATION Spec PROPERTY Four CHECK_DEADLOCK FALSE", true},
		{"deadlock", counter, "INIT Init NEXT Next", true},
		{"assumption", counter + "\nASSUME 1 = 2", "INIT Init NEXT Next", true},
		{"evaluation", counter + "\nOdd == x < \"a\"", "INIT Init NEXT Next INVARIANT Odd", false},
		{"syntax", "Init == (x = 0", "INIT Init NEXT Next", false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			checker := *found
			checker.Store = store.Open(t.TempDir())
			once := func(word string) (*Result, []string, string) {
				var printed []string
				var log strings.Builder
				j := job(strings.ReplaceAll(test.body, "WORD", word), test.config)
				j.Word, j.Log, j.Timeout = word, &log, 5*time.Minute
				j.Print = func(line string) { printed = append(printed, strings.ReplaceAll(line, word, "WORD")) }
				return run(t, &checker, j), printed, log.String()
			}
			first, printed, log := once("XYZZY")
			require.False(t, first.Kept)
			require.Positive(t, first.Processor)
			second, again, logAgain := once("PLUGH")
			require.Equal(t, test.kept, second.Kept)
			require.Equal(t, printed, again)
			require.NotContains(t, logAgain, "XYZZY")
			if !test.kept {
				return
			}
			require.Equal(t, strings.ReplaceAll(log, "XYZZY", "PLUGH"), logAgain)
			require.Zero(t, second.Processor)
			second.Kept, second.Duration, second.Processor = false, first.Duration, first.Processor
			require.Equal(t, first, second)
		})
	}
}

// TestDamagedRunIsAskedAgain also has an entry whose form is another one.
func TestDamagedRunIsAskedAgain(t *testing.T) {
	checker := *realTLC(t)
	dir := t.TempDir()
	checker.Store = store.Open(dir)
	j := job(counter, "INIT Init NEXT Next CHECK_DEADLOCK FALSE")
	require.False(t, run(t, &checker, j).Kept)
	entries, err := filepath.Glob(filepath.Join(dir, "??", "*"))
	require.NoError(t, err)
	require.Len(t, entries, 1)
	require.NoError(t, os.Truncate(entries[0], 100))
	r := run(t, &checker, j)
	require.False(t, r.Kept)
	require.Equal(t, OK, r.Outcome)
	require.True(t, run(t, &checker, j).Kept)
	require.NoError(t, checker.Store.Put(filepath.Base(entries[0]), []byte("no JSON\n")))
	require.False(t, run(t, &checker, j).Kept)
}

func TestNothingIsKeptOfARunThatWasEnded(t *testing.T) {
	checker := *realTLC(t)
	dir := t.TempDir()
	checker.Store = store.Open(dir)
	j := job("Init == x = 0\nNext == x' = x + 1", "INIT Init NEXT Next")
	j.Timeout = 2 * time.Second
	require.Equal(t, TimedOut, run(t, &checker, j).Outcome)
	entries, err := filepath.Glob(filepath.Join(dir, "*"))
	require.NoError(t, err)
	require.Empty(t, entries)
}

func TestSyntaxIsKept(t *testing.T) {
	checker := *realTLC(t)
	checker.Store = store.Open(t.TempDir())
	files := maps.Clone(keyed().Files)
	document, err := checker.Syntax(t.Context(), files, "M")
	require.NoError(t, err)
	noJava := checker
	noJava.Java = filepath.Join(t.TempDir(), "java")
	again, err := noJava.Syntax(t.Context(), files, "M")
	require.NoError(t, err)
	require.Equal(t, string(document), string(again))
	files["Low.tla"] = append(files["Low.tla"], "\n"...)
	_, err = noJava.Syntax(t.Context(), files, "M")
	require.Error(t, err)
}

func TestOutputBeyondTheLimitIsNotKept(t *testing.T) {
	var w limited
	piece := make([]byte, largestKept/4)
	for i := range 5 {
		n, err := w.Write(piece)
		require.NoError(t, err)
		require.Equal(t, len(piece), n)
		require.Equal(t, i == 4, w.over, fmt.Sprint(i))
	}
}
