#!/bin/sh
# A Postfix of its own for the tests: own configuration, queue and data, loopback only, nothing of
# /etc/postfix is touched. It takes mail for any address in example.test but unknown@ and puts it
# into $PF_DIR/mail/box/new, one file a message, beginning with X-Original-To and Delivered-To.
#   postfix.sh create|start|stop|destroy        PF_DIR=<folder owned by root> PF_PORT=<port>
set -eu
: "${PF_DIR:?}" "${PF_PORT:=2525}"
PATH=$PATH:/usr/sbin
etc=$PF_DIR/etc
case $1 in
create)
  mkdir -p "$etc" "$PF_DIR/spool" "$PF_DIR/data" "$PF_DIR/mail"
  chown postfix "$PF_DIR/data"
  chown nobody "$PF_DIR/mail"
  chmod 755 "$PF_DIR" "$etc" "$PF_DIR/spool"
  cat >"$etc/main.cf" <<CF
compatibility_level = 3.6
queue_directory = $PF_DIR/spool
data_directory = $PF_DIR/data
command_directory = /usr/sbin
daemon_directory = /usr/lib/postfix/sbin
mail_owner = postfix
setgid_group = postdrop
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
myhostname = postfix.example.test
mydestination =
mynetworks = 127.0.0.0/8
local_recipient_maps =
alias_maps =
virtual_mailbox_domains = example.test
virtual_mailbox_base = $PF_DIR/mail
virtual_mailbox_maps = regexp:$etc/mailboxes
virtual_uid_maps = static:$(id -u nobody)
virtual_gid_maps = static:$(id -g nobody)
virtual_minimum_uid = 1
virtual_mailbox_limit = 0
message_size_limit = 52428800
smtpd_relay_restrictions = reject_unauth_destination
smtpd_peername_lookup = no
smtpd_tls_security_level = none
biff = no
maillog_file = $PF_DIR/postfix.log
maillog_file_prefixes = /
CF
  # The box "unknown" does not exist: RCPT gets a 550.
  printf 'if !/^unknown@/\n/@example\\.test$/ box/\nendif\n' >"$etc/mailboxes"
  cp /etc/postfix/dynamicmaps.cf "$etc/" 2>/dev/null || :
  cat >"$etc/master.cf" <<CF
127.0.0.1:$PF_PORT inet n - n - - smtpd
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
virtual unix - n n - - virtual
smtp unix - - n - - smtp
error unix - - n - - error
retry unix - - n - - error
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
proxymap unix - - n - - proxymap
postlog unix-dgram n - n - 1 postlogd
CF
  ;;
start) postfix -c "$etc" start >/dev/null 2>&1 ;;
stop) postfix -c "$etc" stop >/dev/null 2>&1 || : ;;
destroy)
  postfix -c "$etc" stop >/dev/null 2>&1 || :
  rm -rf "$PF_DIR"
  ;;
*)
  echo "usage: postfix.sh create|start|stop|destroy" >&2
  exit 2
  ;;
esac
