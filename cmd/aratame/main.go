// Command aratame is AWS IAM and STS that anyone can run.
//
//   - main.go    the command line
//   - serve.go   aratame serve
//   - env.go     aratame env
//   - recover.go aratame recover
//   - eval.go    aratame eval
//   - validate.go aratame validate
//   - mirror.go  aratame import and export
//   - organization.go aratame organization
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"

	"github.com/spf13/cobra"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := root().ExecuteContext(ctx)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "aratame:", err)
		os.Exit(1)
	}
}

func root() *cobra.Command {
	cmd := &cobra.Command{
		Use:           "aratame",
		Short:         "AWS IAM and STS that anyone can run",
		Long:          "Aratame serves the IAM and STS APIs to unmodified AWS clients, verifies every signature\nand evaluates policies as AWS does. Start with: aratame serve",
		Version:       version(),
		SilenceUsage:  true,
		SilenceErrors: true,
	}
	cmd.AddCommand(serveCommand(), envCommand(), recoverCommand(), evalCommand(), validateCommand(), importCommand(), exportCommand(), organizationCommand())
	return cmd
}

// version is what the build knows of itself.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok || info.Main.Version == "" {
		return "unknown"
	}
	return info.Main.Version
}
