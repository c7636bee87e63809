package command

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/signal"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
	"sync"
	"syscall"

	"github.com/urfave/cli/v3"

	"github.com/lockstep-tla/lockstep/conformance"
	"github.com/lockstep-tla/lockstep/conformance/tlc"
	"github.com/lockstep-tla/lockstep/trace"
)

// The exit codes of the command.
const (
	exitAccepted = 0
	exitRejected = 1 // a trace is rejected, a property violated, a rule not caught
	exitInput    = 2 // bad usage or bad input
	exitUnknown  = 3 // no verdict
)

var (
	errRejected = errors.New("rejected")
	errUnknown  = errors.New("no verdict")
	errUsage    = errors.New("usage")
)

// Program is what a command is made for.
type Program struct {
	// Main is the import path of the program's main package, from which the
	// code with broken rules is built.
	Main     string
	Patterns []*conformance.Pattern
	// Sources are the files of which the program is made, as they lie in its
	// module: what go:embed gives. Without them no result of a check is kept.
	Sources fs.FS

	out, err io.Writer
}

// Main runs the command line in os.Args and ends the process. A scenario that
// starts the program again, to kill it, is served here too.
func Main(p Program) {
	// A check makes much that is soon of no use. With Go's own 100 % a fifth of its processor
	// time went into collecting that.
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(300)
	}
	conformance.Reexec(p.Patterns...)
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := p.Run(ctx, os.Args, os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

// Run runs one command line and returns its exit code.
func (p Program) Run(ctx context.Context, args []string, out, err io.Writer) int {
	written := &checkedWriter{to: out}
	p.out, p.err = written, err
	failed := p.root().Run(ctx, args)
	if lost := written.failure(); lost != nil {
		failed = fmt.Errorf("the output is not whole: %w", lost)
	}
	// What stands for a verdict has been shown.
	if failed != nil && failed != errRejected && failed != errUnknown {
		fmt.Fprintf(err, "lockstep: %s\n", failed)
	}
	return exitCode(failed)
}

// checkedWriter remembers the first error of its writer: a verdict that could not
// be written is none. It is safe for concurrent use.
type checkedWriter struct {
	to  io.Writer
	mu  sync.Mutex
	err error
}

func (w *checkedWriter) Write(b []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	n, err := w.to.Write(b)
	if w.err == nil {
		w.err = err
	}
	return n, err
}

func (w *checkedWriter) failure() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.err
}

// exitCode says what an error means. What is not known to be the user's own
// doing, or a verdict, is no verdict.
func exitCode(err error) int {
	var syntax *trace.SyntaxError
	switch {
	case err == nil:
		return exitAccepted
	case errors.Is(err, errUsage), errors.Is(err, conformance.ErrInput), errors.As(err, &syntax):
		return exitInput
	case errors.Is(err, errRejected):
		return exitRejected
	}
	return exitUnknown
}

func usage(format string, args ...any) error {
	return fmt.Errorf("%w: %s", errUsage, fmt.Sprintf(format, args...))
}

func (p *Program) root() *cli.Command {
	badUsage := func(_ context.Context, _ *cli.Command, err error, _ bool) error { return usage("%s", err) }
	root := &cli.Command{
		Name:    "lockstep",
		Usage:   "hold Go code against TLA+ specs, in both directions",
		Version: version(),
		Description: "Exit codes: 0 accepted, 1 rejected or violated, 2 bad usage or bad input,\n" +
			"3 no verdict (no Java, a time-out, too little memory).\n\n" +
			"The shell completes commands and patterns after, for example:\n\n" +
			"   source <(lockstep completion bash)\n\n" +
			"What was accepted is kept in the user's cache folder; LOCKSTEP_STORE=off neither\n" +
			"keeps nor finds anything there.",
		EnableShellCompletion: true,
		Suggest:               true,
		Writer:                p.out,
		ErrWriter:             p.err,
		OnUsageError:          badUsage,
		ExitErrHandler:        func(context.Context, *cli.Command, error) {},
		Commands: []*cli.Command{
			p.check(), p.list(), p.tlc(), p.record(), p.replay(), p.explain(), p.diagram(), p.mapping(), p.coverage(), p.breakRule(), p.mutate(), p.setup(),
		},
	}
	for _, c := range root.Commands {
		c.OnUsageError = badUsage
		if c.ShellComplete == nil {
			c.ShellComplete = p.completePatterns
		}
	}
	root.Action = func(_ context.Context, c *cli.Command) error {
		if c.Args().Present() {
			return usage("there is no command %q; `lockstep help` lists them", c.Args().First())
		}
		return cli.ShowRootCommandHelp(c)
	}
	return root
}

func (p *Program) completePatterns(_ context.Context, c *cli.Command) {
	for _, pattern := range p.Patterns {
		fmt.Fprintln(c.Root().Writer, pattern.Name)
	}
}

func version() string {
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" {
		return info.Main.Version
	}
	return "unknown"
}

// pattern is the one with the given name.
func (p *Program) pattern(name string) (*conformance.Pattern, error) {
	var names []string
	for _, pattern := range p.Patterns {
		if pattern.Name == name {
			return pattern, nil
		}
		names = append(names, pattern.Name)
	}
	return nil, usage("there is no pattern %q; there are: %s", name, strings.Join(names, ", "))
}

// parts are those that belong to the one with the given name.
func (p *Program) parts(name string) (all []*conformance.Pattern) {
	for _, pattern := range p.Patterns {
		if pattern.PartOf == name {
			all = append(all, pattern)
		}
	}
	return all
}

// named are those with the given names, each once and with its parts; all if there is no name.
func (p *Program) named(names []string) (all []*conformance.Pattern, err error) {
	if len(names) == 0 {
		return p.Patterns, nil
	}
	for _, name := range names {
		pattern, err := p.pattern(name)
		if err != nil {
			return nil, err
		}
		for _, one := range append([]*conformance.Pattern{pattern}, p.parts(name)...) {
			if !slices.Contains(all, one) {
				all = append(all, one)
			}
		}
	}
	return all, nil
}

// onePattern is the one that is named by the first argument.
func (p *Program) onePattern(c *cli.Command) (*conformance.Pattern, error) {
	if !c.Args().Present() {
		return nil, usage("%s needs the name of a pattern: %s", c.Name, c.ArgsUsage)
	}
	return p.pattern(c.Args().First())
}

// checker finds TLC and shows progress on the error output.
func (p *Program) checker(ctx context.Context, c *cli.Command) (*conformance.Checker, *display, error) {
	if err := checkLimits(c); err != nil {
		return nil, nil, err
	}
	found, err := tlc.Find(ctx)
	if err != nil {
		return nil, nil, fmt.Errorf("%w (`lockstep setup` fetches TLC)", err)
	}
	d := newDisplay(p.err, c.Bool("quiet"))
	return &conformance.Checker{
		TLC: found, MemoryMB: c.Int("memory"), Timeout: c.Duration("timeout"), Parallel: runtime.NumCPU(), Progress: d.update,
	}, d, nil
}

// checkLimits refuses limits that nothing could keep.
func checkLimits(c *cli.Command) error {
	if n := c.Int("memory"); n < 0 {
		return usage("-memory %d: expected MiB of heap, or 0", n)
	}
	if d := c.Duration("timeout"); d < 0 {
		return usage("-timeout %s: expected a time, or 0", d)
	}
	return nil
}

// limits are the flags of every command that runs TLC.
func limits() []cli.Flag {
	return []cli.Flag{
		&cli.DurationFlag{Name: "timeout", Usage: "end a TLC run after this time; without a verdict (0: no limit)"},
		&cli.IntFlag{Name: "memory", Usage: "heap of one TLC run, in MiB (0: a quarter of the machine's memory)"},
		&cli.BoolFlag{Name: "quiet", Aliases: []string{"q"}, Usage: "show no progress"},
	}
}

func (p *Program) setup() *cli.Command {
	return &cli.Command{
		Name:  "setup",
		Usage: "fetch and verify TLC",
		Description: "TLC is kept in the user's cache folder. Where it is already there, nothing is\n" +
			"fetched. TLA2TOOLS_JAR names another jar to be used instead.",
		Action: func(ctx context.Context, _ *cli.Command) error {
			_, err := tlc.Setup(ctx, p.out)
			return err
		},
	}
}
