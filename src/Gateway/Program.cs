using ScoringCluster.Gateway;
using ScoringCluster.ServiceDefaults;
using ScoringCluster.ServiceDefaults.Cluster;
using ScoringCluster.ServiceDefaults.Hosting;

var builder = ScoringProgram.CreateBuilder(ClusterRole.Gateway, args);
builder.AddScoringServiceDefaults(); // telemetry, health, membership
builder.AddScoringGateway(); // protocols, routing

var app = builder.Build();
app.MapScoringServiceDefaults(); // /health, /metrics
app.MapScoringGateway(); // /v2, /api
return await app.RunScoringAsync();
