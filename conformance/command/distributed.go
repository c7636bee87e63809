package command

import (
	"context"
	"errors"
	"fmt"
	"net"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/urfave/cli/v3"

	"github.com/lockstep-tla/lockstep/conformance"
	"github.com/lockstep-tla/lockstep/conformance/internal/run"
	"github.com/lockstep-tla/lockstep/conformance/tlc"
)

// longestDistributed ends a distributed run, and a worker, that were given no
// -timeout: several processes wait for each other there.
const longestDistributed = 24 * time.Hour

// distributedFlags are those of `lockstep tlc` for several machines.
func distributedFlags() []cli.Flag {
	return []cli.Flag{
		&cli.BoolFlag{Name: "distributed", Usage: "let workers do the work, on this and other machines; safety only"},
		&cli.StringFlag{Name: "join", Usage: "be a worker of the distributed run at `HOST:PORT`"},
		&cli.StringFlag{Name: "address", Value: "127.0.0.1", Usage: "the address of this machine on which it listens; use a trusted network only: Java's RMI has no authentication"},
		&cli.IntFlag{Name: "port", Value: tlc.DefaultPort, Usage: "on which a distributed run listens"},
		&cli.DurationFlag{Name: "wait", Value: 5 * time.Minute, Usage: "how long to be without a worker, or as a worker without the run, before giving up"},
	}
}

// joinRun is a worker until the run is over.
func (p *Program) joinRun(ctx context.Context, c *cli.Command) error {
	if c.Args().Present() || c.Bool("distributed") || c.String("model") != "" {
		return usage("a worker gets the model from the run that it joins: lockstep tlc -join HOST:PORT")
	}
	server := c.String("join")
	if _, _, err := net.SplitHostPort(server); err != nil {
		server = net.JoinHostPort(server, strconv.Itoa(c.Int("port")))
	}
	found, err := tlc.Find(ctx)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, limit(c))
	defer cancel()
	d := tlc.Distributed{Address: c.String("address"), Wait: c.Duration("wait")}
	if err := found.Join(ctx, server, d, runtime.NumCPU(), p.out); err != nil {
		return asUsage(err)
	}
	fmt.Fprintf(p.out, "The run at %s is over.\n", server)
	return nil
}

func limit(c *cli.Command) time.Duration {
	if t := c.Duration("timeout"); t > 0 {
		return t
	}
	return longestDistributed
}

// asUsage makes bad usage of what cannot be run as it is.
func asUsage(err error) error {
	if errors.Is(err, tlc.ErrBadJob) {
		return usage("%s", err)
	}
	return err
}

// runDistributed checks a model with workers, and compares what they find with
// what the model's first line expects, as far as TLC says it in this mode.
func (p *Program) runDistributed(ctx context.Context, c *cli.Command, found *tlc.TLC, spec *conformance.Spec, job tlc.Job, config *tlc.Config) error {
	left := safetyOnly(spec, config)
	job.Files[job.Config] = []byte(config.String())
	if len(left) > 0 {
		fmt.Fprintf(p.out, "Not checked, for TLC checks safety only when it is distributed: %s.\n", strings.Join(left, ", "))
	}
	address, port := c.String("address"), c.Int("port")
	join := "lockstep tlc -join " + net.JoinHostPort(address, strconv.Itoa(port))
	if address != "127.0.0.1" {
		join += " -address ITS_OWN_ADDRESS"
	}
	fmt.Fprintf(p.out, "A worker joins with: %s\n", join)
	job.Timeout = limit(c)
	result, err := found.RunDistributed(ctx, job, tlc.Distributed{
		Address: address, Port: port, Wait: c.Duration("wait"),
		Workers: func(n int) { fmt.Fprintf(p.err, "workers: %d\n", n) },
	})
	if err != nil {
		return asUsage(err)
	}
	if config.Expect != nil {
		config.Expect.Depth = 0 // it depends on which worker is first
	}
	run.NameLimit(result)
	return p.concludeTLC(result, config)
}

// safetyOnly takes the liveness properties out of a configuration, and says which.
func safetyOnly(spec *conformance.Spec, config *tlc.Config) []string {
	var left []string
	config.Properties = slices.DeleteFunc(config.Properties, func(property string) bool {
		if spec.IsLiveness(property) {
			left = append(left, property)
		}
		return spec.IsLiveness(property)
	})
	return left
}
