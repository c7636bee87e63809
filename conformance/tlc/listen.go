package tlc

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/lockstep-tla/lockstep/conformance/internal/process"
)

// TLC's message codes, as far as they mean something here. The names are TLC's.
const (
	general               = 1000 // any exception
	systemOutOfMemory     = 1001
	systemOutOfMemoryInit = 1002
	systemOutOfMemoryLive = 1003
	systemStackOverflow   = 1005
	wrongCommandLine      = 1102
	nestedExpression      = 2103
	assumptionFalse       = 2104
	invariantInitial      = 2107
	propertyInitial       = 2108
	invariantBehavior     = 2110
	actionProperty        = 2112
	deadlockReached       = 2114
	temporalProperty      = 2116
	behaviorUpToThisPoint = 2121
	backToState           = 2122
	assertFailed          = 2132
	invariantLevel        = 2146
	fingerprintException  = 2147
	moduleFirst           = 2152 // what a standard module cannot evaluate
	moduleLast            = 2184
	parsingFailed2        = 2171
	starting              = 2185
	finished              = 2186
	modeSimulation        = 2188
	success               = 2193
	searchDepth           = 2194
	stats                 = 2199
	progressStats         = 2200
	progressSimulation    = 2209
	statePrint1           = 2216
	statePrint2           = 2217
	statePrint3           = 2218
	sanyEnd               = 2219
	sanyStart             = 2220
	configFirst           = 2222 // what the configuration names is not what
	configLast            = 2243 // the spec has
	configNoOperator      = 2280
	configNotConstant     = 2281
	version               = 2262
	counterExample        = 2264
	integerTooBig         = 2265
	environmentJVMGC      = 2401
	parsingFailed         = 3002
	configFileFirst       = 5001 // the configuration file itself is wrong
	configFileLast        = 5006
	workerRegistered      = 7001
	workerDeregistered    = 7002
)

// Severities of messages.
const (
	severityError   = 1
	severityBug     = 2
	severityWarning = 3
)

// TLC's exit codes, where the message does not say enough.
const (
	exitAssumption         = 10
	exitSpecEvaluation     = 75
	exitSafetyEvaluation   = 76
	exitLivenessEvaluation = 77
	exitSpecParse          = 150
	exitConfigParse        = 151
	exitStateSpaceTooLarge = 152
)

// listener follows one run of TLC.
type listener struct {
	job    Job
	config *Config // as far as it could be read
	r      Result

	sany       bool // TLC's parser is at work
	parserText strings.Builder
	failed     *message // the first error: the outcome
	more       strings.Builder
	parsed     bool // the parser has begun: the configuration has been read
	ended      bool // TLC has come to its regular end
	succeeded  bool // and has said that there was no error
	simulation bool
	behaviors  int // how many TLC has begun to show

	dismiss   func() // ends TLC, which has nothing more to say
	dismissed bool
}

func newListener(j Job, dismiss func()) *listener {
	l := &listener{job: j, dismiss: dismiss}
	// A configuration that cannot be read here is for TLC to complain about.
	if l.config, _ = ParseConfig(string(j.Files[j.Config])); l.config == nil {
		l.config = &Config{}
	}
	l.r.Invariants = slices.Clone(l.config.Invariants)
	l.r.Properties = slices.Clone(l.config.Properties)
	return l
}

func (l *listener) listen(stdout io.Reader) error {
	return split(stdout, l.message, l.line)
}

// line takes what is said outside of messages.
func (l *listener) line(line []byte) {
	if l.job.Log != nil {
		// A log that fails must not fail the run.
		_, _ = l.job.Log.Write(append(slices.Clip(line), '\n'))
	}
	switch {
	case l.sany:
		if text := string(line); !strings.HasPrefix(text, "Parsing file ") && !strings.HasPrefix(text, "Semantic processing of module ") {
			l.parserText.WriteString(text + "\n")
		}
	case l.failed == nil && l.job.Print != nil:
		l.job.Print(string(line))
	}
}

func (l *listener) message(m *message) {
	if l.job.Log != nil && m.code != environmentJVMGC {
		_, _ = io.WriteString(l.job.Log, m.text)
	}
	switch m.severity {
	case severityError, severityBug:
		l.errorMessage(m)
	case severityWarning:
		if m.code != environmentJVMGC {
			l.r.Warnings = append(l.r.Warnings, strings.TrimSpace(m.text))
		}
	}
	switch m.code {
	case version:
		l.r.Version = strings.TrimSpace(m.text)
	case sanyStart:
		l.sany, l.parsed = true, true
	case sanyEnd, starting:
		l.sany = false
	case modeSimulation:
		l.simulation = true
	case success:
		l.succeeded = true
	case finished:
		l.ended = true
		if l.isClear() {
			l.dismissed = true
			l.dismiss()
		}
	case stats, progressStats, progressSimulation:
		l.progress(m)
	case workerRegistered, workerDeregistered:
		if l.job.worker != nil {
			l.job.worker(map[int]int{workerRegistered: 1, workerDeregistered: -1}[m.code])
		}
	case searchDepth:
		if n := anyNumber.FindString(m.text); n != "" {
			l.r.Depth = count(n)
		}
	case behaviorUpToThisPoint, counterExample:
		l.behaviors++
	case statePrint1, statePrint2:
		if s, ok := parseState(m.text); ok && l.behaviors <= 1 {
			l.r.Trace = append(l.r.Trace, s)
		}
	case statePrint3, backToState:
		if loop, ok := parseLoop(m.text, len(l.r.Trace)); ok && l.behaviors <= 1 {
			l.r.Loop = loop
		}
	}
}

// isClear reports whether what was said is the whole outcome, so that nothing
// depends on the exit code. A run with options of its own may have files to
// write until it exits, and so has the one that makes the archive. The server of
// a distributed run sends its workers home.
func (l *listener) isClear() bool {
	if l.job.archive || l.job.worker != nil || !l.job.harmless() {
		return false
	}
	if l.failed == nil {
		return l.succeeded
	}
	switch l.outcome(l.failed) {
	case InvariantViolated, PropertyViolated, Deadlock, AssumptionFailed:
		return true
	}
	return false
}

// errorMessage keeps the first error, which is the outcome, and the text of
// those that explain it.
func (l *listener) errorMessage(m *message) {
	switch {
	case m.code == behaviorUpToThisPoint || m.code == counterExample:
	case l.failed == nil:
		l.failed = m
	case m.code == nestedExpression || m.code == fingerprintException || m.code == general:
		l.more.WriteString("\n" + strings.TrimSpace(m.text))
	}
}

var (
	progressDepth = regexp.MustCompile(`^Progress\((\d+)\)`)
	anyNumber     = regexp.MustCompile(`\d[\d,]*`)
	countStates   = regexp.MustCompile(`([\d,]+) states generated`)
	countDistinct = regexp.MustCompile(`([\d,]+) distinct states found`)
	countQueue    = regexp.MustCompile(`([\d,]+) states left on queue`)
)

// progress reads TLC's counts. Those that a simulation does not have are -1
// there, and stay as they are here.
func (l *listener) progress(m *message) {
	set := func(n *int, re *regexp.Regexp) {
		if found := re.FindStringSubmatchIndex(m.text); found != nil {
			if found[2] > 0 && m.text[found[2]-1] == '-' {
				return
			}
			*n = count(m.text[found[2]:found[3]])
		}
	}
	set(&l.r.States, countStates)
	set(&l.r.Distinct, countDistinct)
	set(&l.r.Queue, countQueue)
	if found := progressDepth.FindStringSubmatch(m.text); found != nil {
		l.r.Depth = count(found[1])
	}
	if m.code != stats && l.job.Progress != nil {
		l.job.Progress(Progress{Depth: l.r.Depth, States: l.r.States, Distinct: l.r.Distinct, Queue: l.r.Queue})
	}
}

func count(s string) int {
	n, _ := strconv.Atoi(strings.ReplaceAll(s, ",", ""))
	return n
}

// ending is how a process has ended.
type ending struct {
	code int    // -1 if a signal ended it
	text string // such as "signal: killed"
}

func endOf(state *os.ProcessState) ending { return ending{state.ExitCode(), state.String()} }

// result sums up when TLC has ended. cause is why its context ended, if it did.
func (l *listener) result(cause error, end ending, stderr string, err error) (*Result, error) {
	r := &l.r
	r.ExitCode = end.code
	switch {
	case l.failed != nil && l.failed.code == wrongCommandLine:
		return nil, fmt.Errorf("%w: %s", ErrBadJob, firstLine(l.failed.text))
	case l.foundByWorker():
		r.Outcome = Crashed
		r.Message = "a worker has found an error at the step whose states are shown; TLC does not say which when it is distributed"
	case l.failed != nil && (l.ended || cause == nil):
		l.judge(stderr)
	case cause != nil:
		r.Outcome = interrupted(cause)
		r.Message = cause.Error()
	case l.dismissed || err == nil && r.ExitCode == 0 && l.ended && (l.succeeded || l.simulation):
		r.Outcome = OK
	default:
		r.Outcome = Crashed
		r.Message = l.crash(end, stderr, err)
		if strings.Contains(stderr, "OutOfMemoryError") {
			r.Outcome = OutOfMemory
		}
	}
	return r, nil
}

// foundByWorker says whether a worker of a distributed run has found an error. The server shows
// the states then. The threads of its other workers may fail, because there is no more to do.
func (l *listener) foundByWorker() bool {
	return l.job.worker != nil && l.behaviors > 0 && (l.failed == nil || l.outcome(l.failed) == Crashed)
}

func interrupted(cause error) Outcome {
	if errors.Is(cause, errTimeout) || errors.Is(cause, process.ErrUsedUp) || errors.Is(cause, context.DeadlineExceeded) {
		return TimedOut
	}
	return Cancelled
}

// crash describes an end without a word.
func (l *listener) crash(end ending, stderr string, err error) string {
	text := "TLC ended without a verdict (" + end.text + ")"
	if err != nil {
		text += ": " + err.Error()
	}
	if stderr = strings.TrimSpace(stderr); stderr != "" {
		text += "\n" + tail(stderr, 4000)
	}
	return text
}
