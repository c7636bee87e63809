package tlc

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"os"
	"path/filepath"
)

// archivePath names the class archive for one Java and one jar. A JVM refuses
// an archive that another build has written, so both are part of the name.
func archivePath(j java, jarSum string) (string, error) {
	dir, err := cacheDir()
	if err != nil {
		return "", err
	}
	h := sha256.Sum256([]byte(j.path + "\x00" + j.version + "\x00" + jarSum))
	return filepath.Join(dir, "tlc-"+hex.EncodeToString(h[:6])+".jsa"), nil
}

// makeArchive lets a JVM load TLC's classes by checking a small model, and
// keeps them in the form that the next JVM maps into memory. Nothing is made
// if it is there.
func makeArchive(ctx context.Context, j java, jar, jarSum string) error {
	path, err := archivePath(j, jarSum)
	if err != nil {
		return err
	}
	if info, err := os.Stat(path); err == nil && info.Size() > 0 {
		return nil
	}
	temp, err := makeTemp(filepath.Dir(path), "archive-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(temp)
	draft := filepath.Join(temp, "tlc.jsa")
	t := &TLC{Java: j.path, JavaVersion: j.feature, Jar: jar}
	r, err := t.run(ctx, warmUp, "-XX:ArchiveClassesAtExit="+draft)
	switch {
	case err != nil:
		return err
	case r.Outcome != OK:
		return errors.New(r.Outcome.String() + ": " + r.Message)
	}
	// The archive belongs to the whole user, like the jar.
	if err := os.Chmod(draft, 0o644); err != nil {
		return err
	}
	return os.Rename(draft, path)
}

// warmUp uses what most specs use, so that its classes come into the archive.
var warmUp = Job{
	archive: true,
	Module:  "WarmUp",
	Files: map[string][]byte{
		"WarmUp.tla": []byte(`---- MODULE WarmUp ----
EXTENDS Integers, Sequences, FiniteSets, TLC
CONSTANT Node
VARIABLES n, log, seen
vars == <<n, log, seen>>
Init == n = 0 /\ log = <<>> /\ seen = [i \in Node |-> {}]
Grow(i) == /\ n < 3
           /\ n' = n + 1
           /\ log' = Append(log, [node |-> i, n |-> n])
           /\ seen' = [seen EXCEPT ![i] = @ \cup {n}]
           /\ PrintT(ToString(<<"step", i, log', "a" :> 1 @@ "b" :> 2>>))
Next == (\E i \in Node : Grow(i)) \/ UNCHANGED vars
Spec == Init /\ [][Next]_vars /\ WF_vars(\E i \in Node : Grow(i))
Counted == Len(log) = n /\ Cardinality(UNION {seen[i] : i \in Node}) = n
Full == <>(n = 3)
Grows == [][n' >= n]_vars
====
`),
		"WarmUp.cfg": []byte("CONSTANT Node = {\"a\", \"b\"}\nSPECIFICATION Spec\nINVARIANT Counted\nPROPERTIES Full Grows\n"),
	},
}
