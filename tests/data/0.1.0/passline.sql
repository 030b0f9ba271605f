SET statement_timeout = 0;
SET lock_timeout = 0;
SET idle_in_transaction_session_timeout = 0;
SET client_encoding = 'UTF8';
SET standard_conforming_strings = on;
SELECT pg_catalog.set_config('search_path', '', false);
SET check_function_bodies = false;
SET xmloption = content;
SET client_min_messages = warning;
SET row_security = off;
COMMENT ON SCHEMA public IS '';
SET default_tablespace = '';
SET default_table_access_method = heap;
CREATE TABLE public.audit_events (
    id bigint NOT NULL,
    at bigint NOT NULL,
    event text NOT NULL,
    user_id text NOT NULL,
    address text NOT NULL,
    detail text NOT NULL
);
CREATE SEQUENCE public.audit_events_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.audit_events_id_seq OWNED BY public.audit_events.id;
CREATE TABLE public.challenges (
    digest bytea NOT NULL,
    ceremony text NOT NULL,
    user_id text,
    browser_digest bytea,
    rp_id text NOT NULL,
    user_verification text NOT NULL,
    expires_at bigint NOT NULL
);
CREATE TABLE public.enrolments (
    id text NOT NULL,
    user_id text NOT NULL,
    name text,
    options text NOT NULL,
    challenge_digest bytea NOT NULL,
    attempts integer NOT NULL,
    created_at bigint NOT NULL,
    updated_at bigint NOT NULL,
    expires_at bigint NOT NULL
);
CREATE TABLE public.failures (
    key bytea NOT NULL,
    count integer NOT NULL,
    blocked_until bigint NOT NULL,
    expires_at bigint NOT NULL
);
CREATE TABLE public.invites (
    id text NOT NULL,
    code_digest bytea NOT NULL,
    max_uses integer NOT NULL,
    uses integer NOT NULL,
    created_at bigint NOT NULL,
    expires_at bigint NOT NULL
);
CREATE TABLE public.passkeys (
    id text NOT NULL,
    user_id text NOT NULL,
    name text NOT NULL,
    credential_id bytea NOT NULL,
    public_key bytea NOT NULL,
    sign_count bigint NOT NULL,
    transports text NOT NULL,
    aaguid text NOT NULL,
    backup_eligible boolean NOT NULL,
    backed_up boolean NOT NULL,
    user_verified boolean NOT NULL,
    attestation_format text NOT NULL,
    rp_id text NOT NULL,
    registration text NOT NULL,
    created_at bigint NOT NULL,
    updated_at bigint NOT NULL,
    last_used_at bigint NOT NULL
);
CREATE TABLE public.schema_migrations (
    id integer NOT NULL,
    name character varying(255) NOT NULL,
    applied timestamp without time zone NOT NULL
);
CREATE SEQUENCE public.schema_migrations_id_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.schema_migrations_id_seq OWNED BY public.schema_migrations.id;
CREATE TABLE public.sessions (
    token_digest bytea NOT NULL,
    id text NOT NULL,
    user_id text NOT NULL,
    created_at bigint NOT NULL,
    last_seen_at bigint NOT NULL,
    expires_at bigint NOT NULL,
    auth_time bigint NOT NULL,
    methods text NOT NULL,
    user_agent text NOT NULL,
    address text NOT NULL,
    client text NOT NULL,
    device text NOT NULL
);
CREATE TABLE public.sign_ins (
    id text NOT NULL,
    browser_digest bytea NOT NULL,
    identifier text,
    created_at bigint NOT NULL,
    expires_at bigint NOT NULL
);
CREATE TABLE public.signing_keys (
    id text NOT NULL,
    private_sealed bytea NOT NULL,
    public_jwk text NOT NULL,
    created_at bigint NOT NULL,
    retired_at bigint
);
CREATE TABLE public.users (
    id text NOT NULL,
    username text NOT NULL,
    username_key text NOT NULL,
    role text NOT NULL,
    view text NOT NULL,
    avatar text,
    password_hash text,
    user_handle bytea NOT NULL,
    token_digest bytea NOT NULL,
    token_sealed bytea NOT NULL,
    created_at bigint NOT NULL,
    updated_at bigint NOT NULL,
    disabled_at bigint
);
ALTER TABLE ONLY public.audit_events ALTER COLUMN id SET DEFAULT nextval('public.audit_events_id_seq'::regclass);
ALTER TABLE ONLY public.schema_migrations ALTER COLUMN id SET DEFAULT nextval('public.schema_migrations_id_seq'::regclass);
INSERT INTO public.audit_events VALUES (1, 1795659815722, 'account:user:created', 'cmwwxhp8rj17o5kmts5zxv4u6', '127.0.0.1', '');
INSERT INTO public.audit_events VALUES (2, 1795659815741, 'account:passkey:added', 'cmwwxhp8rj17o5kmts5zxv4u6', '127.0.0.1', 'cmwwxhpa342j7k4jqrun3o8yi');
INSERT INTO public.audit_events VALUES (3, 1795659816114, 'account:passkey:added', 'cmwwxhp8rj17o5kmts5zxv4u6', '127.0.0.1', 'cmwwxhpkhnq0ptjg129uuzh1p');
INSERT INTO public.audit_events VALUES (4, 1795659816227, 'account:user:created', 'cmwwxhpkz8yavodt29gdjd5k6', '', '');
INSERT INTO public.audit_events VALUES (5, 1795659816669, 'account:passkey:added', 'cmwwxhpkz8yavodt29gdjd5k6', '127.0.0.1', 'cmwwxhpzm8zqca05epedsj8ul');
INSERT INTO public.audit_events VALUES (6, 1795659816766, 'account:user:created', 'cmwwxhq14khkxmw06nu84w8tk', '', '');
INSERT INTO public.audit_events VALUES (7, 1795659816839, 'account:passkey:added', 'cmwwxhq14khkxmw06nu84w8tk', '127.0.0.1', 'cmwwxhq4m63nk4zf3mugrgtvg');
INSERT INTO public.audit_events VALUES (8, 1795659817722, 'account:user:disabled', 'cmwwxhq14khkxmw06nu84w8tk', 'command line', '');
INSERT INTO public.audit_events VALUES (9, 1795659817724, 'service:invite:created', '', '', 'cmwwxhqt70s3qcepp5zpskmm2');
INSERT INTO public.challenges VALUES ('\x92e7f0b9a82dba7694bf4b3e0aeba0f2c5f2d4f42b4197cce1f8e416be767265', 'registration', 'cmwwxhp8rj17o5kmts5zxv4u6', NULL, 'localhost', 'required', 1795660117716);
INSERT INTO public.enrolments VALUES ('cmwwxhqt0iw9yxdr5zooicm2p', 'cmwwxhp8rj17o5kmts5zxv4u6', NULL, '{"rp":{"name":"Passline","id":"localhost"},"user":{"id":"YkN68oTzUKnBvr6jNEaydpCfKvv7JDhEXUYTpqpLUVYkjOZSAOhV4Txli37ZXKCCcrff7yOAY3TDXpzCB6gd3Q","name":"ada","displayName":"ada"},"challenge":"Aoide8MVRDcBX2ejkUsbQq0JdxdHEgLj9rBV0e7Yfqw","pubKeyCredParams":[{"type":"public-key","alg":-8},{"type":"public-key","alg":-7},{"type":"public-key","alg":-257}],"timeout":300000,"excludeCredentials":[{"id":"qRLRlhmDCFAxKtqw8OvP9l1AsVJgwf4JY7ebLPLABbw","type":"public-key","transports":["internal"]},{"id":"dcpGcB6R6Ug7mhj87YbI4oYN8DUqq0b0QaJAmluOEz8","type":"public-key","transports":["internal"]}],"authenticatorSelection":{"residentKey":"required","requireResidentKey":true,"userVerification":"required"},"attestation":"none","extensions":{"credProps":true},"hints":[]}', '\x92e7f0b9a82dba7694bf4b3e0aeba0f2c5f2d4f42b4197cce1f8e416be767265', 0, 1795659817716, 1795659817716, 1795660117716);
INSERT INTO public.failures VALUES ('\x2ae2751227056891c0951872594c8aa3b623b015a4ffe6b264942ebc734056fa', 0, 0, 1795746216780);
INSERT INTO public.invites VALUES ('cmwwxhqt70s3qcepp5zpskmm2', '\x709527dde3d115fdfa396df5513916bf1e45f2b0e1e170c0657c03cf0d83e5de', 3, 0, 1795659817723, 1798251817723);
INSERT INTO public.passkeys VALUES ('cmwwxhpa342j7k4jqrun3o8yi', 'cmwwxhp8rj17o5kmts5zxv4u6', 'Key 1', '\xa912d19619830850312adab0f0ebcff65d40b15260c1fe0963b79b2cf2c005bc', '\xa5010203262001215820463c86eb26bf74245fefe4be54f0abdc9e433953bcc45097b0d2a7ccee0bbb1d2258201829618b1f50c322238ade8b5fec30d4803a92cd3a1a4e4193e6a4e1584b7735', 1, '["internal"]', '00000000-0000-0000-0000-000000000000', false, false, true, 'none', 'localhost', '{"id":"qRLRlhmDCFAxKtqw8OvP9l1AsVJgwf4JY7ebLPLABbw","type":"public-key","rawId":"qRLRlhmDCFAxKtqw8OvP9l1AsVJgwf4JY7ebLPLABbw","response":{"transports":["internal"],"clientDataJSON":"eyJ0eXBlIjoid2ViYXV0aG4uY3JlYXRlIiwiY2hhbGxlbmdlIjoiZ0lJMWk1b2lsbnZSV0RyVTd2OXFOZVlqdW81NnV2cnk2NFRINE8yZG1NayIsIm9yaWdpbiI6Imh0dHA6Ly9sb2NhbGhvc3Q6ODAwMCIsImNyb3NzT3JpZ2luIjpmYWxzZX0","attestationObject":"o2NmbXRkbm9uZWdhdHRTdG10oGhhdXRoRGF0YVikSZYN5YgOjGh0NBcPZHZgW4_krrmihjLHmVzzuoMdl2NFAAAAAAAAAAAAAAAAAAAAAAAAAAAAIKkS0ZYZgwhQMSrasPDrz_ZdQLFSYMH-CWO3myzywAW8pQECAyYgASFYIEY8husmv3QkX-_kvlTwq9yeQzlTvMRQl7DSp8zuC7sdIlggGClhix9QwyIjit6LX-ww1IA6ks06Gk5Bk-ak4VhLdzU"},"clientExtensionResults":{},"authenticatorAttachment":"platform"}', 1795659815739, 1795659815750, 1795659815750);
INSERT INTO public.passkeys VALUES ('cmwwxhpkhnq0ptjg129uuzh1p', 'cmwwxhp8rj17o5kmts5zxv4u6', 'Key 2', '\x75ca46701e91e9483b9a18fced86c8e2860df0352aab46f441a2409a5b8e133f', '\xa401030339010020590100d5df231818d61498e32be495484c96f9584291b7aa84024649219f7c8fcf8976d1140a0578ffed151215910c50451a06af30ba73d64bf90f731ce84842c3ee9432772b9352c8e259e0b05273f678cc5e9b07ebf8365d533b1115ec39322ac87b15fb7bf098e0e7b8254d0091be33f1fda856f76c68747c5be65f3df7328dbdcd8bf1cbff0f44cbee26e6a9e04b8ab45b5d5fec1837b88b0ef46781777f33a7d826171b3cb301faf36323653140a1f1590b9f4425fb3e24001698f6c5bc2ed5180f198293c007498061c24cd838af0e63b3d8742a69a8d0a5f5756c97b2830198076dd684e05009671f6d73ea41c697f089c6872b5361bb7a35bcfde7ea5a41552143010001', 1, '["internal"]', '00000000-0000-0000-0000-000000000000', false, false, true, 'none', 'localhost', '{"id":"dcpGcB6R6Ug7mhj87YbI4oYN8DUqq0b0QaJAmluOEz8","type":"public-key","rawId":"dcpGcB6R6Ug7mhj87YbI4oYN8DUqq0b0QaJAmluOEz8","response":{"transports":["internal"],"clientDataJSON":"eyJ0eXBlIjoid2ViYXV0aG4uY3JlYXRlIiwiY2hhbGxlbmdlIjoiWVdsalJzSVlQYnhLV1p1OFZjUU1LVmVfaGJURUp6VU0xWjhodWs2ZzVUMCIsIm9yaWdpbiI6Imh0dHA6Ly9sb2NhbGhvc3Q6ODAwMCIsImNyb3NzT3JpZ2luIjpmYWxzZX0","attestationObject":"o2NmbXRkbm9uZWdhdHRTdG10oGhhdXRoRGF0YVkBZ0mWDeWIDoxodDQXD2R2YFuP5K65ooYyx5lc87qDHZdjRQAAAAAAAAAAAAAAAAAAAAAAAAAAACB1ykZwHpHpSDuaGPzthsjihg3wNSqrRvRBokCaW44TP6QBAwM5AQAgWQEA1d8jGBjWFJjjK-SVSEyW-VhCkbeqhAJGSSGffI_PiXbRFAoFeP_tFRIVkQxQRRoGrzC6c9ZL-Q9zHOhIQsPulDJ3K5NSyOJZ4LBSc_Z4zF6bB-v4Nl1TOxEV7DkyKsh7Fft78Jjg57glTQCRvjPx_ahW92xodHxb5l899zKNvc2L8cv_D0TL7ibmqeBLirRbXV_sGDe4iw70Z4F3fzOn2CYXGzyzAfrzYyNlMUCh8VkLn0Ql-z4kABaY9sW8LtUYDxmCk8AHSYBhwkzYOK8OY7PYdCppqNCl9XVsl7KDAZgHbdaE4FAJZx9tc-pBxpfwicaHK1Nhu3o1vP3n6lpBVSFDAQAB"},"clientExtensionResults":{},"authenticatorAttachment":"platform"}', 1795659816113, 1795659816128, 1795659816128);
INSERT INTO public.passkeys VALUES ('cmwwxhpzm8zqca05epedsj8ul', 'cmwwxhpkz8yavodt29gdjd5k6', 'Key 1', '\x7f448ebbffcc41aa41edf435fe34e5209df5cd3550b678074ab5eed452374b6e', '\xa40101032720062158207eb2254a6d499366f2d5add5f48b443c76c087a119a91f8c65f3c421f05df47d', 0, '["internal"]', '00000000-0000-0000-0000-000000000000', true, true, true, 'none', 'localhost', '{"id":"f0SOu__MQapB7fQ1_jTlIJ31zTVQtngHSrXu1FI3S24","type":"public-key","rawId":"f0SOu__MQapB7fQ1_jTlIJ31zTVQtngHSrXu1FI3S24","response":{"transports":["internal"],"clientDataJSON":"eyJ0eXBlIjoid2ViYXV0aG4uY3JlYXRlIiwiY2hhbGxlbmdlIjoiVHQ0dWE3Z0NaM09NODZ6MW13UjRDdmxzUjNQeWkyNndCRXBwWTZmV2xaOCIsIm9yaWdpbiI6Imh0dHA6Ly9sb2NhbGhvc3Q6ODAwMCIsImNyb3NzT3JpZ2luIjpmYWxzZX0","attestationObject":"o2NmbXRkbm9uZWdhdHRTdG10oGhhdXRoRGF0YViBSZYN5YgOjGh0NBcPZHZgW4_krrmihjLHmVzzuoMdl2NdAAAAAAAAAAAAAAAAAAAAAAAAAAAAIH9Ejrv_zEGqQe30Nf405SCd9c01ULZ4B0q17tRSN0tupAEBAycgBiFYIH6yJUptSZNm8tWt1fSLRDx2wIehGakfjGXzxCHwXfR9"},"clientExtensionResults":{},"authenticatorAttachment":"platform"}', 1795659816658, 1795659816702, 1795659816702);
INSERT INTO public.passkeys VALUES ('cmwwxhq4m63nk4zf3mugrgtvg', 'cmwwxhq14khkxmw06nu84w8tk', 'Key 1', '\xa82b4771f83976ea6458dbe55263754716e68039a3f29c00592be46cf31d710e', '\xa5010203262001215820658cb729460644f22f00aeb7c5d183d154505fb0733cfed4a45762486aa6f41122582066a95fc46f209dec693309d6415e9a0a2c561958bd9eb3ccefe2b4b2ab5ee074', 1, '["internal"]', '00000000-0000-0000-0000-000000000000', false, false, true, 'none', 'localhost', '{"id":"qCtHcfg5dupkWNvlUmN1RxbmgDmj8pwAWSvkbPMdcQ4","type":"public-key","rawId":"qCtHcfg5dupkWNvlUmN1RxbmgDmj8pwAWSvkbPMdcQ4","response":{"transports":["internal"],"clientDataJSON":"eyJ0eXBlIjoid2ViYXV0aG4uY3JlYXRlIiwiY2hhbGxlbmdlIjoiSFJYQ09pdnlOVVJtTHhaWmVtN19EWF9weDBRMGdXQU5MYmZjNVdXazBZUSIsIm9yaWdpbiI6Imh0dHA6Ly9sb2NhbGhvc3Q6ODAwMCIsImNyb3NzT3JpZ2luIjpmYWxzZX0","attestationObject":"o2NmbXRkbm9uZWdhdHRTdG10oGhhdXRoRGF0YVikSZYN5YgOjGh0NBcPZHZgW4_krrmihjLHmVzzuoMdl2NFAAAAAAAAAAAAAAAAAAAAAAAAAAAAIKgrR3H4OXbqZFjb5VJjdUcW5oA5o_KcAFkr5GzzHXEOpQECAyYgASFYIGWMtylGBkTyLwCut8XRg9FUUF-wczz-1KRXYkhqpvQRIlggZqlfxG8gnexpMwnWQV6aCixWGVi9nrPM7-K0sqte4HQ"},"clientExtensionResults":{},"authenticatorAttachment":"platform"}', 1795659816838, 1795659816853, 1795659816853);
INSERT INTO public.schema_migrations VALUES (1, '0001_initial', '2026-11-26 02:23:35.575466');
INSERT INTO public.schema_migrations VALUES (2, '0002_disabled_users', '2026-11-26 02:23:35.581488');
INSERT INTO public.schema_migrations VALUES (3, '0003_clerk', '2026-11-26 02:23:35.614766');
INSERT INTO public.sessions VALUES ('\xb34fdb58288cbd3992f41d94818d35bd1d135a56398ba1f9980035aceb371f5f', 'cmwwxhpkw2x8klb6143phg2t5', 'cmwwxhp8rj17o5kmts5zxv4u6', 1795659816128, 1795659816128, 1796869416128, 1795659816128, 'hwk user mfa', 'Werkzeug/3.1.9', '127.0.0.1', 'Unknown', 'Unknown');
INSERT INTO public.sessions VALUES ('\x06e5ccf7a1f1cae7c876aeae0aad437fbb889f42c608b88b38078f0ef49ec30a', 'cmwwxhpnn9qzxselzdh3ftxl9', 'cmwwxhpkz8yavodt29gdjd5k6', 1795659816227, 1795659816227, 1796869416227, 1795659816227, 'pwd', '', '', 'Unknown', 'Unknown');
INSERT INTO public.sessions VALUES ('\x9e8cd42a1bdb80183fabadbcafbd72e08bc21f6a01729a6a8e74fff3fc2dda6c', 'cmwwxhq0xl5xk1aa1priiorir', 'cmwwxhpkz8yavodt29gdjd5k6', 1795659816705, 1795659816705, 1796869416705, 1795659816705, 'swk user mfa', 'Werkzeug/3.1.9', '127.0.0.1', 'Unknown', 'Unknown');
INSERT INTO public.signing_keys VALUES ('cmwwxhqg4zcpy882gjsbha9md', '\x6741414141414272423567705253646e5846724f36716c634d696d7157716b2d5f49384c6942524173615152736572637a516949373257373749434838515a4164385432764552316a786c6f7157674568723472584752663542457a314942484e374d42476261342d6648725a344930347768705a6d7835356242475874676d466b3964566b344669786254616a5a64575956306f55545a384f2d4b4542614168356c4c6746706f5563743659334361326566464235646e797365654873656b4a643341705a6b425a2d6b7a48644279435578526c52735f362d454f546c5a39777646496351304e4959317347563839315a6a644b4151337a4963547966665034774b6c536370333558397a6e6b5f6c353662515a42645359764979536231484d4354314f785f613334654b76464f5739464c4746496c7a4665634a424c7841385374736d786d735f7137365a45774132695a4b70796e735a6c6744575a75475263627247687a7a764e6c493434556e5f664b4b394f5f72325264785f715877437771457353536834745256556f3578424b6879423054744d3863596a6a6864527164535a664976484254394b766e754578795430565a58437a325a4b6774476b426c395a6c64732d6d5068686c6e7744304949566e6565714e78466a4b484f65485033326950517a74476252304278793359574f476a3545792d48793632716f4661376d476e705a67335934336c676e77615542586662485349695f4652314c756f2d37626a6f4955314659384b484c3054355a585f4e65465f3453694d45646b4b674251714131306f52455964676952416b366749514e6e70444f6e727457524c794e6e736c6753454a3637465155655a634431386b47594f766573375755574c38327a75694444565947394e633271706c51613367474178726a6b6b2d4d31716337344e6b76774e2d31344961346d61546f45506b5768627a316453616a6d4c637246337a774a334a386a52396b764f36394665633830614f515a4b654f71654f566937785f76462d657272734c41766a4471436d5a56684f5173624e55734a4d6d34333441684e3144415a396a4733714c504c444e4f7a7a6330475a653579476a6c4f654134637a4b755f464b37344d78664d5253774f4946394d6a73795373645a704c51546d39554c5a67764745327774444250336a367376494e353166724d674661754b564a352d466d6d504e622d31484e63585572686a67477866686d336e74514b7335687746396665423045584b42534732502d32356358317651416653756c562d336365395f74692d356f46646b524c4a4877425659774c34526f3138572d3171347338696159513335367a6e4c77586f36795a557037796f39796b5f522d4b4671506531566e707664306c6d59676f76536266544a714e71373452684c4c46705a737333346b54337569726246746d79515070737a65535a79786a4c304e564a7a6f786e683678527139696475596b6b72524665355439594c4f6a4e496f6b5541417550345a4b5a76697a735062776c6f667338785055525f372d746c325a7a544662733734346267443077515a394a33466770594f552d51624d7045496b4a6e5045455866517235334e70366531566e49736c61625f557458744d58454662796d6b39796d776754436133634953346e556c6c5f527833395773695775756136784f6a6e325365674334746c775f397855547471316e56356643565052496e6645634376384b6566594744373154645734326c412d5654346a7a77442d4e656f674371475f79444461614e51687551534a6b774a46593535374a622d6d4c5663666a2d33524a51416a6f4d5f596573364a31675f47493559666d746e737545354353684a4f6b4731574d6756515376456552435754517a546e5467577752704a4f4c396d6744506138414a575f347479694b7777367835566631766173352d774d767579587073396f7a53694750382d413369746e327843686c5f55785f373738562d65317a43413172555a734348326a4456536e6d74694a65447374524c672d6750784b7155496e463469364466614571666257664263634e6a4f5444743430397459704f313168674f7731624f49735567474b535537597972776d595a74503543796470576e5068634d56614c52566251757544654e70307744595f31534742596a746a35596a335f46695f36697134417870643268554f4230726843314743683467754f3349644e6e583857317a4a4e4642596c5164702d7a6b387578567550486d4f74666b7642384a30582d3970624e347555356574715845625a68754b4d6577783466775367657a635266696f4a566a51733856574d62396e3568717769583479726a544b335f4952726c32554d4c656155324e3636494d54777646474864597334716d614b39335866302d636a64387642516857354255516877426a6a6b4431624e4673754635557038516f6d4b65775f4d586b714272625749635f5861796873714f595662752d4b7838794e7a58664c5239696256776e4e5f746f4a4c5f4875765370454856345f59744f73415f5253504965345a494f57696b706c6475596735704c354f6731506f6b2d45355371677842434e714a4d72732d6a386763617074635439465345367468557a6c384155774f713144665a4346337a3763773949716a38745f6734524d70693379764d61385f61485a3470593541514c437634556477744e4f777759304d4c794363697a35447054426653336b416956574c61725134652d4d3054735a7554756b5045773479675359573846454e356b464c746e69537658755035587a4a504a544c39382d4654583153696f38716c38456e4d6a57337a736e765579666f6f6b36444955776e3859485f726147447150505a415a537258646c326736782d4241373458656778336668545355794c79776f6b6b5f4e5f46637a6851494c4f793078775f5a6769736c685f463744337a47707641535650483064634c4a6d743865513976636e4e6e3371324a54444975546d78746b6f446f6c2d5a4b2d667576566b4e49423352733867304a417142465f7445536a51626c775536736a383761565f4b7a596b65497a306b516277656a624b31526e33574d3969794e434f734c6345486c3852593078506d30376b6d684361354256456171566c4d387756596975766a72656b6d375548713970727673427735626c67344543727048766233784f71414f35377a6f36384731796664386a316448384b786d2d4d3d', '{"kty":"RSA","n":"0AOeCXVjbl7OHbh8K0WJ53bT-Jv0bc1TtLf99YaoNwxeTrks3yoR11dnZRuhtkOCgLifmJK8TkFwF66cQWCktcF12L8Wz0yeOtMwSK_nFuYT2J1fdT2tqIyftJ0dewE0-0J0Zi0BT8lSuvqnHScHHx4utCQUNcbcec-zL-iyrcLz01thq0lZVcY_N5AMeqdyHDyj0BPe17_YzIw4_-sEv-RIG77uVwecqspboXwksfvu9J3utkFnuFTj07ftmktFIoVlFsUnzpAH6of8Qn1qoukrxYjip0mnhulIXvzxPSfYH5-d59X5S47FRd5Ed2_1zELLXdDIZyURv_cgLHfBpQ","e":"AQAB","kid":"cmwwxhqg4zcpy882gjsbha9md","alg":"RS256","use":"sig"}', 1795659817252, NULL);
INSERT INTO public.users VALUES ('cmwwxhp8rj17o5kmts5zxv4u6', 'ada', 'ada', 'SUPERADMIN', '{}', NULL, '$argon2id$v=19$m=19456,t=2,p=1$w7kWnEoxXCa1OB7wUWXp+Q$BeVzQJ+fqwTC3BtjlGuzXdBjRYkbQYq1RfJ8RCv9JRg', '\x62437af284f350a9c1bebea33446b276909f2afbfb2438445d4613a6aa4b5156248ce65200e855e13c658b7ed95ca08272b7dfef23806374c35e9cc207a81ddd', '\xf3d52d24314bc8da191d9cba4c320d96eb35a4410e22db8ff3955d1c52bffcdc', '\x67414141414142724235676e485767644136596c46382d5872635377766d526752446177517a735f7347577039464e46356e41392d516567747731506c3242504b39393141744250715a44695f466563335f6251715976427a31515a733775464c59314876345a374732797a684272515f6c355f506c48446f586f456f6e5f4c2d4a52386c35674131314971', 1795659815691, 1795659816113, NULL);
INSERT INTO public.users VALUES ('cmwwxhpkz8yavodt29gdjd5k6', 'bob', 'bob', 'USER', '{}', NULL, '$argon2id$v=19$m=19456,t=2,p=1$wCLPwxBLsrKLHLhMcNsUYA$Sz28VEpzohYKkP0bnzlr9tK2+59UHV5OFITzq2q6pYA', '\x06ee90cb9fdf4df9d561af44b9aa7878984987e4fbeb3710ebc3d813705b4d483eae32130b0a1727e3d0c8fb0d1f62c6ccbca47bae3c2e1cb492c47eb73fe8af', '\xd98d0e8b13213afc365cea32840aacf758639485d04143e741cd1e32e37f7f46', '\x67414141414142724235676f37366d7031366a61314f6b543575344a596c51426b3442427943735f39474659585336565778724e4c442d2d70316f6e41364d4a456575533865356673474271492d2d4a66737246653239365671745a53524b335f7741353239624451707561736f586162636f636b65453669324b466b71576d5a6c315679464d6b45314865', 1795659816130, 1795659816658, NULL);
INSERT INTO public.users VALUES ('cmwwxhq14khkxmw06nu84w8tk', 'carol', 'carol', 'USER', '{}', NULL, '$argon2id$v=19$m=19456,t=2,p=1$FtolrsQNJ+9vT1vXqikxrg$44UmYnDSpko2YfyZqhxePm16WqrmxkBoc/ScKC03oow', '\x9a26ed5e3848fccb8a11ed5ca3bb8f854b82eed835b5f06c26a246852d0722701f6ba1f7646248028fef475485c2ae4b15066f81dd65c7e33897d9c0abcbb969', '\x1f45509103356b4de9371fbe6885cda95c2a4dd4cedaa4ccc4b655ff1848040f', '\x67414141414142724235676f6b5f7733654237614661437674376d434b74697276687071756a32614d6d7675433669627247757735514339356c61747758396947476969327478544d343168766c4f486a6243305652794a4b382d302d49772d7a503948594176714b54727175476f3033434969624d484570656c34714c4676364e76787a434f6464515653', 1795659816712, 1795659817721, 1795659817721);
SELECT pg_catalog.setval('public.audit_events_id_seq', 9, true);
SELECT pg_catalog.setval('public.schema_migrations_id_seq', 3, true);
ALTER TABLE ONLY public.audit_events
    ADD CONSTRAINT audit_events_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.challenges
    ADD CONSTRAINT challenges_pkey PRIMARY KEY (digest);
ALTER TABLE ONLY public.enrolments
    ADD CONSTRAINT enrolments_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.failures
    ADD CONSTRAINT failures_pkey PRIMARY KEY (key);
ALTER TABLE ONLY public.invites
    ADD CONSTRAINT invites_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.passkeys
    ADD CONSTRAINT passkeys_pkey PRIMARY KEY (user_id, id);
ALTER TABLE ONLY public.schema_migrations
    ADD CONSTRAINT schema_migrations_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.sessions
    ADD CONSTRAINT sessions_pkey PRIMARY KEY (token_digest);
ALTER TABLE ONLY public.sign_ins
    ADD CONSTRAINT sign_ins_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.signing_keys
    ADD CONSTRAINT signing_keys_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.users
    ADD CONSTRAINT users_pkey PRIMARY KEY (id);
CREATE INDEX enrolments_expires_at ON public.enrolments USING btree (expires_at);
CREATE INDEX enrolments_user_id ON public.enrolments USING btree (user_id);
CREATE INDEX failures_expires_at ON public.failures USING btree (expires_at);
CREATE UNIQUE INDEX invites_code_digest ON public.invites USING btree (code_digest);
CREATE UNIQUE INDEX passkeys_credential_id ON public.passkeys USING btree (credential_id);
CREATE INDEX passkeys_rp_id ON public.passkeys USING btree (rp_id);
CREATE UNIQUE INDEX schema_migrations_name ON public.schema_migrations USING btree (name);
CREATE INDEX sessions_expires_at ON public.sessions USING btree (expires_at);
CREATE INDEX sessions_user_id_created_at ON public.sessions USING btree (user_id, created_at);
CREATE INDEX sign_ins_browser_digest ON public.sign_ins USING btree (browser_digest);
CREATE INDEX sign_ins_expires_at ON public.sign_ins USING btree (expires_at);
CREATE UNIQUE INDEX users_token_digest ON public.users USING btree (token_digest);
CREATE UNIQUE INDEX users_username_key ON public.users USING btree (username_key);
ALTER TABLE ONLY public.enrolments
    ADD CONSTRAINT enrolments_user_id_fkey FOREIGN KEY (user_id) REFERENCES public.users(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.passkeys
    ADD CONSTRAINT passkeys_user_id_fkey FOREIGN KEY (user_id) REFERENCES public.users(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.sessions
    ADD CONSTRAINT sessions_user_id_fkey FOREIGN KEY (user_id) REFERENCES public.users(id) ON DELETE CASCADE;
