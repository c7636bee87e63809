package toolbox_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lockstep-tla/lockstep/conformance"
	"github.com/lockstep-tla/lockstep/conformance/toolbox"
)

var parrot = conformance.Pattern{Name: "parrot", Child: child}

func TestMain(m *testing.M) {
	conformance.Reexec(&parrot)
	os.Exit(m.Run())
}

// child repeats the lines that it reads, up to a number of times. Some lines tell it
// to do what a child must not do.
func child(args []string) error {
	var name string
	var times int
	if len(args) > 2 {
		return member(args)
	}
	if err := toolbox.Arguments(args, "NAME TIMES", &name, &times); err != nil {
		return err
	}
	fmt.Println(name, "here")
	switch name {
	case "counter":
		fmt.Println("found 3\ndone 4\ndone 5\ndon")
		toolbox.KillSelf()
	case "finder":
		fmt.Println("found 3")
		return errors.New("and a broken file")
	case "talker":
		fmt.Println(strings.Repeat("word ", 1<<20))
		time.Sleep(time.Minute)
	}
	err := toolbox.Obey(func(words []string) (string, error) {
		switch times--; {
		case times < 0:
			return "", errors.New("no more")
		case words[0] == "die":
			toolbox.KillSelf()
		}
		return strings.Join(words, "-"), nil
	})
	if name == "deaf" {
		time.Sleep(time.Minute) // longer than its parent waits
	}
	return err
}

func start(t *testing.T, name, times string) *toolbox.Process {
	run, err := parrot.NewRun(t.TempDir(), conformance.Scenario{Name: "test"}, 1)
	require.NoError(t, err)
	p, err := toolbox.Start(t.Context(), run, name, name, times)
	require.NoError(t, err)
	line, err := p.Line(t.Context())
	require.NoError(t, err)
	require.Equal(t, name+" here", line)
	t.Cleanup(func() { require.NoError(t, p.Kill()) })
	return p
}

const long = time.Minute

func TestProcessAnswersAndEndsWithItsInput(t *testing.T) {
	p := start(t, "polly", "9")
	answer, err := p.Ask(t.Context(), "say", "hello")
	require.NoError(t, err)
	require.Equal(t, "say-hello", answer)
	require.NoError(t, p.Order(t.Context(), "a-b", "a", "b"))
	require.ErrorContains(t, p.Order(t.Context(), "a b", "a", "b"), `polly: a: it says "a-b", and not "a b"`)
	require.NoError(t, p.Close(long))
	_, err = p.Line(t.Context())
	require.ErrorIs(t, err, toolbox.ErrEnded)
	_, err = p.Ask(t.Context(), "more")
	require.ErrorIs(t, err, toolbox.ErrEnded)
}

func TestProcessThatFailsSaysSo(t *testing.T) {
	p := start(t, "polly", "0")
	_, err := p.Ask(t.Context(), "hello")
	require.ErrorIs(t, err, toolbox.ErrEnded)
	<-p.Ended()
	require.ErrorContains(t, p.Close(long), "polly: exit status 1")
}

func TestProcessIsKilledByItsParentOrByItself(t *testing.T) {
	p := start(t, "polly", "9")
	require.NoError(t, p.Kill())
	require.NoError(t, p.Kill(), "also a second time")
	require.NoError(t, p.Close(long))

	p = start(t, "polly", "9")
	require.NoError(t, p.KillNow())
	for range p.Lines() {
	}
	require.NoError(t, p.Close(long))

	p = start(t, "polly", "9")
	_, err := p.Ask(t.Context(), "die")
	require.ErrorIs(t, err, toolbox.ErrEnded)
	require.Error(t, p.Close(long), "it was not its parent that killed it")
}

func TestCountsGoOnFromProcessToProcess(t *testing.T) {
	known := uint64(3)
	require.NoError(t, start(t, "counter", "0").HearCounts(&known))
	require.EqualValues(t, 5, known)
	require.ErrorContains(t, start(t, "counter", "0").HearCounts(&known), "counter: 5 were acknowledged, and 3 are found")
}

// TestAProcessThatFailsBesideItsCounts is not taken for one that was killed.
func TestAProcessThatFailsBesideItsCounts(t *testing.T) {
	known := uint64(3)
	require.ErrorContains(t, start(t, "finder", "0").HearCounts(&known), "finder: exit status 1")
}

// TestALineThatIsTooLongEndsTheProcess, which would wait for a reader for ever.
func TestALineThatIsTooLongEndsTheProcess(t *testing.T) {
	p := start(t, "talker", "0")
	_, err := p.Line(t.Context())
	require.ErrorIs(t, err, toolbox.ErrEnded)
	require.EqualError(t, err, "talker: the process has ended: bufio.Scanner: token too long")
	require.ErrorContains(t, p.Close(long), "talker: bufio.Scanner: token too long")
	known := uint64(0)
	require.ErrorContains(t, start(t, "talker", "0").HearCounts(&known), "token too long")
}

func TestProcessThatDoesNotEndIsKilled(t *testing.T) {
	p := start(t, "deaf", "9")
	require.ErrorContains(t, p.Close(10*time.Millisecond), "deaf does not end")
	<-p.Ended()
}

func TestProcessThatIsSuspendedSaysNothing(t *testing.T) {
	p := start(t, "polly", "9")
	require.NoError(t, p.Suspend())
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	_, err := p.Ask(ctx, "hello")
	require.ErrorIs(t, err, context.DeadlineExceeded)
	require.NoError(t, p.Continue())
	line, err := p.Line(t.Context())
	require.NoError(t, err)
	require.Equal(t, "hello", line)
}

func TestArgumentsSayWhatIsWanted(t *testing.T) {
	var folder string
	var seed int64
	require.NoError(t, toolbox.Arguments([]string{"a b", "7"}, "FOLDER SEED", &folder, &seed))
	require.Equal(t, "a b", folder)
	require.Equal(t, int64(7), seed)
	require.ErrorContains(t, toolbox.Arguments([]string{"a"}, "FOLDER SEED", &folder, &seed), "want FOLDER SEED")
	require.ErrorContains(t, toolbox.Arguments([]string{"a", "b"}, "FOLDER SEED", &folder, &seed), "want FOLDER SEED")
}
