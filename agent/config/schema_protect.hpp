#pragma once
/// The part of the table of configuration keys that is about audit, accounts and time.
#include <array>

#include "agent/config/schema_cluster.hpp"

namespace kgnode::config {

inline constexpr std::array kProtectKeys = {
    Key{.path = "audit", .kind = Kind::table, .effect = "What the kernel records of who did what."},
    Key{.path = "audit.enabled",
        .kind = Kind::boolean,
        .fallback = "true",
        .example = "false",
        .effect =
            "Whether the rules are loaded. Rules that are immutable stay until the next boot."},
    Key{.path = "audit.immutable",
        .kind = Kind::boolean,
        .fallback = "true",
        .example = "false",
        .effect =
            "Locks the rules until the next boot: not even root can change them. New ones, such "
            "as those of an update, then wait for a reboot, which `kgnode status` says."},
    Key{.path = "audit.space",
        .kind = Kind::size,
        .fallback = R"("256MiB")",
        .example = R"("2GiB")",
        .effect = "What `/var/log/audit` may take, 16MiB at least."},
    Key{.path = "audit.when_full",
        .kind = Kind::choice,
        .fallback = R"("rotate")",
        .choices = "rotate|halt",
        .example = R"("halt")",
        .effect =
            "When that is used up: lose the oldest records, or keep all of them and halt the "
            "node when the disk is full, as CIS asks for. A node that halts takes its volumes "
            "with it."},

    Key{.path = "accounts", .kind = Kind::table, .effect = "Accounts on this node."},
    Key{.path = "accounts.umask",
        .kind = Kind::choice,
        .fallback = R"("027")",
        .choices = "027|077",
        .example = R"("077")",
        .effect = "Rights that new files of people do not get. CIS asks for 027, ANSSI for 077."},
    Key{.path = "accounts.break_glass",
        .kind = Kind::table,
        .example =
            R"({ user = "rescue", password_hash = { file = "/run/kgnode/secrets/rescue" }, expires = "2027-01-31" })",
        .effect = "An account with a password for the console, for the day on which nobody's key "
                  "works. It may not log in over SSH and ends by itself."},
    Key{.path = "accounts.break_glass.user",
        .kind = Kind::user_name,
        .example = R"("rescue")",
        .effect = "Its name, `rescue` when left out."},
    Key{.path = "accounts.break_glass.password_hash",
        .kind = Kind::secret,
        .need = kRequired,
        .example = R"({ file = "/run/kgnode/secrets/rescue" })",
        .effect = "Its password as `mkpasswd -m yescrypt` prints it, inline or as a file. Never "
                  "printed."},
    Key{.path = "accounts.break_glass.password_hash.file",
        .kind = Kind::path,
        .need = kRequired,
        .example = R"("/run/kgnode/secrets/rescue")",
        .effect = "File that holds it."},
    Key{.path = "accounts.break_glass.expires",
        .kind = Kind::text,
        .need = kRequired,
        .example = R"("2027-01-31")",
        .effect = "The last day on which it can log in, in UTC. After it the account is locked."},

    Key{.path = "time", .kind = Kind::table, .effect = "Where the node has its time from."},
    Key{.path = "time.sources",
        .kind = Kind::text,
        .count = kList,
        .fallback = R"(["ntp.ovh.net"])",
        .example = R"(["10.0.0.1"])",
        .effect = "NTP servers, by name or address."},
    Key{.path = "time.nts_sources",
        .kind = Kind::text,
        .count = kList,
        .fallback = R"(["nts.netnod.se", "ptbtime1.ptb.de", "time.cloudflare.com"])",
        .example = R"(["nts.netnod.se"])",
        .effect = "NTP servers whose answers are authenticated (NTS), by name. While one of them "
                  "answers, the others are not believed."},
    Key{.path = "time.require_sync",
        .kind = Kind::boolean,
        .fallback = "true",
        .example = "false",
        .effect = "Whether K3s waits to join until the clock is set. `false` where no time server "
                  "can be reached: certificates are then judged by the clock of the machine."},
};

}  // namespace kgnode::config
