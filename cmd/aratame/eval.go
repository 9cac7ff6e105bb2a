package main

import (
	"fmt"
	"io"
	"os"
	"time"

	"github.com/spf13/cobra"

	"github.com/aratame/aratame/internal/evalcase"
)

func evalCommand() *cobra.Command {
	var run evalcase.Run
	cmd := &cobra.Command{
		Use:   "eval [FILE…]",
		Short: "Decide cases of requests and policies",
		Long: "Read cases, one JSON object a line, from files or standard input (\"-\"), and print one decision a line:\n\n" +
			"  {\"id\": \"1\", \"principal\": \"arn:aws:iam::111122223333:user/ann\", \"action\": \"s3:GetObject\",\n" +
			"   \"resource\": \"arn:aws:s3:::b/k\", \"identityPolicies\": [{…}], \"expected\": \"allowed\"}\n\n" +
			"docs/eval.md is the reference of the format. The status is 1 if a case was an error or was decided otherwise\n" +
			"than expected; standard error lists those.",
		RunE: func(cmd *cobra.Command, files []string) error {
			if len(files) == 0 {
				files = []string{"-"}
			}
			done := make(chan error, 1)
			go func() { done <- evalFiles(cmd, &run, files) }()
			select {
			case err := <-done:
				return err
			case <-cmd.Context().Done():
			}
			// It ends by itself after the line it is at, unless it waits for
			// input; then all answers are out.
			select {
			case err := <-done:
				return err
			case <-time.After(100 * time.Millisecond):
				return cmd.Context().Err()
			}
		},
	}
	cmd.Flags().BoolVar(&run.Explain, "explain", false, "add the explanation to each decision")
	cmd.Flags().BoolVar(&run.Text, "text", false, "print decisions and explanations for people instead of JSON")
	cmd.Flags().BoolVar(&run.Strict, "strict", false, "refuse documents that AWS wouldn't save")
	return cmd
}

func evalFiles(cmd *cobra.Command, run *evalcase.Run, files []string) error {
	for _, name := range files {
		run.Failed = func(line int, a *evalcase.Answer) error {
			_, err := fmt.Fprintln(cmd.ErrOrStderr(), failure(name, line, a))
			return err
		}
		if err := evalFile(cmd, run, name); err != nil {
			return err
		}
	}
	if run.Failures > 0 {
		return fmt.Errorf("%d of %d cases failed (errors: %d, unexpected decisions: %d)", run.Failures, run.Cases, run.Errors, run.Failures-run.Errors)
	}
	return nil
}

func evalFile(cmd *cobra.Command, run *evalcase.Run, name string) error {
	var in io.Reader = cmd.InOrStdin()
	if name != "-" {
		f, err := os.Open(name)
		if err != nil {
			return err
		}
		defer f.Close() // read only
		in = f
	}
	return run.Do(cmd.Context(), in, cmd.OutOrStdout())
}

// failure is the line of a case in the list of failures.
func failure(file string, line int, a *evalcase.Answer) string {
	s := fmt.Sprintf("%s:%d: %s: ", file, line, evalcase.Printable(a.Case.ID))
	if a.Case.Expected != "" {
		s += "expected " + a.Case.Expected + ", "
	}
	s += "got " + a.Decision
	if a.Err != nil {
		s += ": " + evalcase.Printable(a.Err.Error())
	}
	return s
}
