package turns

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime"
	"syscall"
	"time"
)

// Main is the main function of a command that measures: run gets the command
// line, and a context that an interrupt ends.
func Main(name string, run func(ctx context.Context, args []string, out io.Writer) error) {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Args[1:], os.Stdout); err != nil {
		fmt.Fprintf(os.Stderr, "%s: %s\n", name, err)
		os.Exit(1)
	}
}

// Length is how long is measured.
type Length struct {
	Rounds int           // how many turns each subject has
	Span   time.Duration // how long a turn is
}

// Parse reads the command line: the flags that are there already, and those of a
// Length.
func Parse(flags *flag.FlagSet, args []string) (Length, error) {
	rounds := flags.Int("rounds", 40, "how many turns each has")
	span := flags.Duration("time", 50*time.Millisecond, "how long a turn is")
	if err := flags.Parse(args); err != nil {
		return Length{}, err
	}
	if *rounds < 1 || *span <= 0 || flags.NArg() > 0 {
		return Length{}, errors.New("rounds and time must be positive, and there are no other arguments")
	}
	return Length{*rounds, *span}, nil
}

// Machine says on what is measured.
func Machine() string {
	return fmt.Sprintf("%s %s/%s, %d CPUs", runtime.Version(), runtime.GOOS, runtime.GOARCH, runtime.NumCPU())
}

// String says how long, and what the figures are.
func (l Length) String() string { return fmt.Sprintf("%d rounds of %v, medians", l.Rounds, l.Span) }
