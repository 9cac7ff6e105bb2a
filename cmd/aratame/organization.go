package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/aratame/aratame/internal/server"
)

func organizationCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "organization",
		Short: "Several accounts in one data directory",
		Long: "Make the account of the data directory the management account of an organization, and add accounts to it.\n" +
			"Stop the server first. What was done stands in the audit log.",
	}
	var number string
	add := onOrganization("add-account", "Add a member account", cobra.NoArgs, func(ctx context.Context, s *server.Server, _ []string, w io.Writer) error {
		acct, role, err := s.AddAccount(ctx, number)
		if err == nil {
			fmt.Fprintf(w, "account                     %s\nrole for its management     %s\n", acct, role)
		}
		return err
	})
	add.Flags().StringVar(&number, "number", "", "its account number (default: a random one)")
	var billing bool
	create := onOrganization("create", "Make an organization", cobra.NoArgs, func(ctx context.Context, s *server.Server, _ []string, w io.Writer) error {
		o, err := s.CreateOrganization(ctx, billing)
		if err == nil {
			fmt.Fprintf(w, "organization                %s\nmanagement account          %s\n", o.ID, o.Management)
		}
		return err
	})
	create.Flags().BoolVar(&billing, "consolidated-billing", false, "without all features, so that no service gets trusted access")
	cmd.AddCommand(
		create,
		add,
		onOrganization("enable-all-features", "Give an organization for consolidated billing all features", cobra.NoArgs,
			func(ctx context.Context, s *server.Server, _ []string, _ io.Writer) error {
				return s.EnableAllFeatures(ctx)
			}),
		onOrganization("show", "Tell what there is", cobra.NoArgs, showOrganization),
		onOrganization("enable-service-access PRINCIPAL", "Give a service, such as iam.amazonaws.com, trusted access", cobra.ExactArgs(1),
			func(ctx context.Context, s *server.Server, args []string, _ io.Writer) error {
				return s.SetServiceAccess(ctx, args[0], true)
			}),
		onOrganization("disable-service-access PRINCIPAL", "Take trusted access away", cobra.ExactArgs(1),
			func(ctx context.Context, s *server.Server, args []string, _ io.Writer) error {
				return s.SetServiceAccess(ctx, args[0], false)
			}),
		onOrganization("delegate ACCOUNT", "Let a member administer IAM in the organization", cobra.ExactArgs(1),
			func(ctx context.Context, s *server.Server, args []string, _ io.Writer) error {
				return s.SetAdministrator(ctx, args[0], true)
			}),
		onOrganization("undelegate ACCOUNT", "Take that back", cobra.ExactArgs(1),
			func(ctx context.Context, s *server.Server, args []string, _ io.Writer) error {
				return s.SetAdministrator(ctx, args[0], false)
			}),
	)
	return cmd
}

func showOrganization(ctx context.Context, s *server.Server, _ []string, w io.Writer) error {
	o, err := s.Organization(ctx)
	if err != nil {
		return err
	}
	if o == nil {
		return errors.New("the account is in no organization")
	}
	row := func(name string, values ...string) {
		if len(values) == 0 {
			values = []string{"none"}
		}
		fmt.Fprintf(w, "%-27s %s\n", name, strings.Join(values, " "))
	}
	row("organization", o.ID)
	row("path", o.Path())
	row("management account", o.Management)
	row("members", o.Members...)
	row("trusted services", o.Trusted...)
	row("administrators of IAM", o.Administrators...)
	return nil
}

func onOrganization(use, short string, args cobra.PositionalArgs, do func(context.Context, *server.Server, []string, io.Writer) error) *cobra.Command {
	cmd := &cobra.Command{
		Use: use, Short: short, Args: args,
		RunE: func(cmd *cobra.Command, args []string) (err error) {
			cfg, err := loadSettings(cmd)
			if err != nil {
				return err
			}
			if cfg.Ephemeral {
				return errors.New("an ephemeral server keeps nothing between two commands")
			}
			s, err := server.Open(cmd.Context(), server.Options{Config: cfg, Log: logger(cfg, cmd.ErrOrStderr()), MustExist: true})
			if err != nil {
				return err
			}
			defer func() { err = errors.Join(err, s.Close()) }()
			return do(cmd.Context(), s, args, cmd.OutOrStdout())
		},
	}
	addSettings(cmd, "data")
	return cmd
}
