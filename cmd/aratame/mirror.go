package main

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/aratame/aratame/internal/mirror"
	"github.com/aratame/aratame/internal/server"
)

func importCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "import FILE",
		Short: "Set up users, groups, roles and policies of a real account",
		Long: "Read what `aws iam get-account-authorization-details` prints (\"-\" is standard input) and set up the\n" +
			"same users, groups, roles, instance profiles and policies, with their unique ids, in the data directory.\n" +
			"An empty directory gets an account with the number of the real one. A file can be imported again: what is\n" +
			"there under the same id is brought up to date. Stop the server first, or use aratame serve --import FILE.\n\n" +
			"What could not be taken over is listed, and then the status is 1. Access keys, passwords and MFA devices\n" +
			"are in no such file.",
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) (err error) {
			cfg, err := loadSettings(cmd)
			if err != nil {
				return err
			}
			if cfg.Ephemeral {
				return errors.New("an ephemeral server keeps nothing: use aratame serve --ephemeral --import FILE")
			}
			f, err := server.ReadImport(args[0])
			if err != nil {
				return err
			}
			s, err := server.Open(cmd.Context(), server.Options{Config: cfg, Log: logger(cfg, cmd.ErrOrStderr()), Import: f})
			if err != nil {
				return err
			}
			defer func() { err = errors.Join(err, s.Close()) }()
			left, err := importInto(cmd.Context(), s, f, cmd.OutOrStdout())
			if err != nil {
				return err
			}
			if s.First() != nil {
				fmt.Fprintf(cmd.OutOrStdout(), "administrator    user %s; aratame env prints its key\n", s.First().Admin)
			}
			if left > 0 {
				return fmt.Errorf("%d things of the file are not here as they are there; they are listed above", left)
			}
			return nil
		},
	}
	addSettings(cmd, "data", "listen", "tls-cert", "tls-key", "allow-plain-http")
	return cmd
}

// importInto imports and tells what became of it. left is the number of things
// that could not be taken over.
func importInto(ctx context.Context, s *server.Server, f *mirror.File, w io.Writer) (left int, err error) {
	plan, err := s.Import(ctx, f)
	if err != nil {
		return 0, err
	}
	for _, n := range plan.Notes() {
		fmt.Fprintln(w, "not taken over:", n)
	}
	m := plan.Made()
	fmt.Fprintf(w, "imported into account %s: %d users, %d groups, %d roles, %d instance profiles, %d policies\n",
		s.Account(), m.Users, m.Groups, m.Roles, m.InstanceProfiles, m.Policies)
	return len(plan.Notes()), nil
}

func exportCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "export",
		Short: "Print the account as get-account-authorization-details does",
		Long: "Print users, groups, roles, instance profiles and policies in the form of\n" +
			"`aws iam get-account-authorization-details`, which aratame import reads. Stop the server first; while it runs,\n" +
			"the AWS CLI's command gives the same.",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) (err error) {
			cfg, err := loadSettings(cmd)
			if err != nil {
				return err
			}
			if cfg.Ephemeral {
				return errors.New("an ephemeral server keeps nothing that could be exported")
			}
			s, err := server.Open(cmd.Context(), server.Options{Config: cfg, Log: logger(cfg, cmd.ErrOrStderr()), MustExist: true})
			if err != nil {
				return err
			}
			defer func() { err = errors.Join(err, s.Close()) }()
			f, err := s.Export(cmd.Context())
			if err != nil {
				return err
			}
			return f.Write(cmd.OutOrStdout())
		},
	}
	addSettings(cmd, "data")
	return cmd
}
