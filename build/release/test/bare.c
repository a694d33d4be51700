// A window with nothing but a webview and one button in it: what a first screen
// costs before Parley adds anything. For coldstart.sh.
#include <gtk/gtk.h>
#include <webkit2/webkit2.h>

int main(int argc, char **argv) {
	gtk_init(&argc, &argv);
	GtkWidget *window = gtk_window_new(GTK_WINDOW_TOPLEVEL);
	gtk_window_set_default_size(GTK_WINDOW(window), 1120, 760);
	GtkWidget *view = webkit_web_view_new();
	webkit_settings_set_hardware_acceleration_policy(
		webkit_web_view_get_settings(WEBKIT_WEB_VIEW(view)), WEBKIT_HARDWARE_ACCELERATION_POLICY_NEVER);
	gtk_container_add(GTK_CONTAINER(window), view);
	g_signal_connect(window, "destroy", G_CALLBACK(gtk_main_quit), NULL);
	webkit_web_view_load_html(WEBKIT_WEB_VIEW(view), "<button>Create room</button>", NULL);
	gtk_widget_show_all(window);
	gtk_main();
	return 0;
}
