package main

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/aratame/aratame/internal/server"
)

func recoverCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "recover",
		Short: "Get back in, on the server's host",
		Long: "Reset the root user's password or make a fresh administrator's key, for whoever has the data\n" +
			"directory with its key file. Stop the server first. What was done stands in the audit log.",
	}
	cmd.AddCommand(
		recoverWith("root-password", "Give the root user a new console password", func(ctx context.Context, s *server.Server, w io.Writer) error {
			password, err := s.RecoverRootPassword(ctx)
			if err != nil {
				return err
			}
			fmt.Fprintf(w, "account                     %s\nnew password of root        %s\n", s.Account(), password)
			return nil
		}),
		recoverWith("admin-key", "Give the administrator a fresh access key and AdministratorAccess", func(ctx context.Context, s *server.Server, w io.Writer) error {
			f, notes, err := s.RecoverAdminKey(ctx)
			if err != nil {
				return err
			}
			fmt.Fprintf(w, "account                     %s\nadministrator               user %s\naccess key                  %s\nsecret access key           %s\n", f.Account, f.Admin, f.KeyID, f.Secret)
			for _, n := range notes {
				fmt.Fprintln(w, "note:", n)
			}
			return nil
		}),
	)
	return cmd
}

func recoverWith(name, short string, do func(context.Context, *server.Server, io.Writer) error) *cobra.Command {
	cmd := &cobra.Command{
		Use: name, Short: short, Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) (err error) {
			cfg, err := loadSettings(cmd)
			if err != nil {
				return err
			}
			if cfg.Ephemeral {
				return errors.New("an ephemeral server keeps nothing that could be recovered")
			}
			s, err := server.Open(cmd.Context(), server.Options{Config: cfg, Log: logger(cfg, cmd.ErrOrStderr()), MustExist: true})
			if err != nil {
				return err
			}
			defer func() { err = errors.Join(err, s.Close()) }()
			return do(cmd.Context(), s, cmd.OutOrStdout())
		},
	}
	addSettings(cmd, "data", "listen", "tls-cert", "tls-key", "allow-plain-http")
	return cmd
}
